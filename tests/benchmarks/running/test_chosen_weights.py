"""What the report is about can be deployed: the weights that the rule chose are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from harness import configuration

import dann
from dann.benchmarks.plan.grid import benchmark
from dann.benchmarks.results.records import read
from dann.benchmarks.results.selection import select
from dann.benchmarks.running import chosen_weights
from dann.benchmarks.running import job as jobs
from dann.benchmarks.running.chosen_weights import chosen_step
from dann.core.errors import RunError
from dann.engine.loggers import quiet
from dann.engine.saved import read as saved


def run(folder: Path, rule: str, **options: Any) -> list[Any]:
    quiet()
    config = configuration(methods={'dann': {'alignment': 'DANN'}}, seeds=1)
    config['model']['init_args'] |= options
    job = benchmark('toy', config).jobs()[0]
    about = {
        'format': 1,
        'benchmark': 'toy',
        'method': 'dann',
        'seed': 0,
        'family': 'adversarial',
        'uses_target_labels': False,
        'source': 'a',
        'target': 'b',
        'steps': 20,
        'run': job.name,
        'protocol': job.protocol,
    }
    jobs.run_job(job, folder, about, names=[], report=lambda step: None, rule=rule)
    return list(read(folder / 'records.jsonl'))


@pytest.mark.parametrize('options', [{}, {'freeze': 'all'}])
@pytest.mark.parametrize('rule', ['val/infomax', 'val/source_accuracy', 'val/rankme', 'last'])
def test_the_chosen_weights_are_those_of_the_chosen_step(
    rule: str, options: dict[str, Any], tmp_path: Path
) -> None:
    history = run(tmp_path, rule, **options)
    step = chosen_step(history, rule)
    last = saved(tmp_path / 'weights.pt')
    assert last.card['chosen_step'] == step
    assert last.card['step'] == 20
    assert (tmp_path / 'chosen.pt').exists() == (step not in (20, None))
    if step in (20, None):
        return
    chosen = saved(tmp_path / 'chosen.pt')
    assert chosen.card['step'] == step
    assert chosen.weights.keys() == last.weights.keys()
    loaded = dann.load(tmp_path)
    assert loaded.card['scores'] == select(history, rule)['scores']


def test_a_backbone_that_did_not_change_is_kept_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen_weights, 'chosen_step', lambda history, rule: history[0]['step'])
    run(tmp_path, 'val/infomax', freeze='all')
    names = torch.load(tmp_path / 'chosen.pt', weights_only=True)['state_dict']
    assert not any(name.startswith('network.backbone.') for name in names)
    assert saved(tmp_path / 'chosen.pt').weights.keys() == saved(tmp_path / 'weights.pt').weights.keys()
    (tmp_path / 'weights.pt').unlink()
    with pytest.raises(RunError, match=r'needs the backbone in .*weights.pt, which is gone; copy both'):
        saved(tmp_path / 'chosen.pt')


def test_the_first_of_equal_evaluations_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen_weights, 'chosen_step', lambda history, rule: history[0]['step'])
    history = run(tmp_path, 'val/infomax')
    assert saved(tmp_path / 'chosen.pt').card['step'] == history[0]['step'] == 5


def test_weights_that_the_rule_leaves_in_the_end_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as a guard that looks at the whole run: the first evaluation at the time, the second in the end
    monkeypatch.setattr(
        chosen_weights, 'chosen_step', lambda history, rule: history[len(history) > 3]['step']
    )
    run(tmp_path, 'val/infomax')
    assert not (tmp_path / 'chosen.pt').exists()
    with pytest.warns(UserWarning, match='weights of step 20; those of step 10, which val/infomax chooses'):
        dann.load(tmp_path)
