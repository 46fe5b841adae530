"""The measurement of monitoring, on small pairs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from monitored import seen
from reading import small

from dann.core.errors import RunError
from tools import monitoring
from tools.monitoring import Scale, main, measure


def test_streams_are_counted_against_a_reference() -> None:
    alike = monitoring._against(seen(200, 0), seen(240, 1), 5, 0)
    assert (alike['streams'], alike['windows'], alike['alarms']) == (5, 4, 0)
    assert monitoring._against(seen(200, 0), seen(240, 1, shift=2.0), 5, 0)['alarms'] == 5


def test_images_are_counted_to_the_first_alarm() -> None:
    assert monitoring._until(iter(['none', 'warning', 'alarm', 'alarm'])) == 150
    assert monitoring._until(iter(['none', 'warning'])) is None
    verdicts = monitoring._verdicts(seen(200, 0), seen(130, 1, shift=2.0), 3)
    assert [*verdicts] == ['alarm', 'alarm']
    for before, verdict in ((0, 'alarm'), (100, 'none')):
        assert [*monitoring._verdicts(seen(100, 0), seen(50, 1, shift=0.25), before)] == [verdict]


def test_an_order_is_of_all_images_and_the_same_again() -> None:
    one, other = monitoring._order(30, 1), monitoring._order(30, 2)
    assert sorted(one.tolist()) == [*range(30)]
    assert torch.equal(one, monitoring._order(30, 1))
    assert not torch.equal(one, other)


def test_a_training_that_fails_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, 'dann', lambda arguments: 1)
    with pytest.raises(RunError, match='day-to-night-scratch could not be trained'):
        measure(tmp_path, Scale())
    assert main(['--runs', str(tmp_path), '--out', str(tmp_path / 'a.json')]) == 1


@pytest.mark.slow
def test_all_of_it_on_small_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ('day-to-night-scratch', 'sim-to-real-scratch'):
        text = small(name).replace('train: 40', 'train: 60').replace('val: 20', 'val: 60')
        Path(f'{name}.yaml').write_text(text.replace('test: 20', 'test: 120'))
    paths = {key: (f'{name}.yaml', options) for key, (name, options) in monitoring.RUNS.items()}
    monkeypatch.setattr(monitoring, 'RUNS', paths)
    monkeypatch.setattr(monitoring, 'SEEDS', 1)
    monkeypatch.setattr(monitoring, 'SIZES', {'train': 2, 'val': 60, 'test': 120})
    monkeypatch.setattr(monitoring, 'Scale', lambda: Scale(undrifted=2, drifted=1, steps=2))
    assert main(['--runs', 'runs', '--out', 'a.json']) == 0
    content = json.loads(Path('a.json').read_text())
    assert len(content['undrifted']) == 2 * 2 * 2
    assert len(content['drifted']) == 2 * 6 * 2
    assert len(content['estimates']) == 2 * 2
    assert content['estimates'][0]['errors'].keys() == {'ATC', 'COT', 'DoC'}
    assert content['run']['command'] == 'python -m tools.monitoring'
