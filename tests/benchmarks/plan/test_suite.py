"""Several benchmarks with the same rows: what the suite changes, and a run of one on the toy pair."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import configuration

from dann.benchmarks import read_results
from dann.benchmarks.launchers.local import Task
from dann.benchmarks.plan.grid import benchmark
from dann.benchmarks.plan.suite import configurations, merge
from dann.benchmarks.results.opened import suite_folders
from dann.benchmarks.running import run
from dann.benchmarks.running.job import run_job
from dann.cli import main
from dann.configs import load
from dann.core.errors import UserError

ROWS: dict[str, Any] = {
    'source_only': {},
    'dann': {'alignment': 'DANN'},
    'absent': {'alignment': 'slow_loss.Absent'},
}


def test_a_mapping_within_a_mapping_is_merged_key_by_key() -> None:
    base = {'a': {'b': {'c': 1, 'd': [2]}}, 'e': 3}
    assert merge(base, {'a': {'b': {'c': 4, 'f': 5}}, 'e': {'g': 6}}) == {
        'a': {'b': {'c': 4, 'd': [2], 'f': 5}},
        'e': {'g': 6},
    }
    assert base == {'a': {'b': {'c': 1, 'd': [2]}}, 'e': 3}


def test_the_catalogue_is_both_pairs_with_batch_norm_and_nothing_else_of_the_network_changed() -> None:
    found = configurations('catalogue', load('catalogue'))
    assert list(found) == ['day-to-night-scratch', 'sim-to-real-scratch']
    for pair, config in found.items():
        grid, alone = benchmark(pair, config), benchmark(pair, load(pair))
        assert len(grid.seeds) >= 3
        network = grid.model['init_args']['backbone']['init_args']
        assert network.pop('batch_norm') is True
        assert grid.model == alone.model
        assert grid.data == alone.data
        assert grid.title == alone.title


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'benchmarks': []}, r'`benchmarks` of x to be a list of names, got \[\]; write for example'),
        ({'benchmarks': 'day-to-night'}, "got 'day-to-night'"),
        ({'benchmarks': ['day-to-nihgt']}, "did you mean 'day-to-night'"),
        ({'benchmarks': ['sim-to-real', 'sim-to-real']}, 'two benchmarks of one name .*; rename one'),
        ({'data': {}}, "unknown key 'data'"),
        ({'model': 3}, '`model` to be a mapping, got 3'),
    ],
)
def test_a_suite_that_makes_no_sense(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        configurations('x', {'benchmarks': ['sim-to-real'], **changes})


def suite(folder: Path) -> str:
    for name, shift in (('near', 'b'), ('far', 'c')):
        changed = configuration(seeds=1)
        changed['data']['target']['init_args']['domain'] = shift
        (folder / f'{name}.yaml').write_text(yaml.safe_dump(changed))
    content = {
        'title': 'Two toys',
        'benchmarks': [str(folder / 'near.yaml'), str(folder / 'far.yaml')],
        'steps': 8,
        'evaluations': 2,
        'methods': ROWS,
        'model': {'init_args': {'backbone': {'init_args': {'batch_norm': True}}}},
    }
    path = folder / 'toys.yaml'
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return str(path)


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run jobs here, one after the other: starting workers takes longer than these jobs."""

    def run_here(tasks: Sequence[Task], *_: Any) -> dict[str, str]:
        for task in tasks:
            run_job(task.job, task.folder, task.identity, names=[], report=lambda step: None)
        return {}

    monkeypatch.setattr(run, 'start_workers', lambda count: nullcontext([]))
    monkeypatch.setattr(run, 'run_all', run_here)


@pytest.mark.slow
@pytest.mark.usefixtures('one_process')
def test_a_suite_runs_resumes_and_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config, out = suite(tmp_path), tmp_path / 'out'
    assert main(['benchmark', config, '--out', str(out), '--methods', 'source_only']) == 0
    assert suite_folders(out) == [out / 'far', out / 'near']
    capsys.readouterr()

    assert main(['benchmark', config, '--out', str(out)]) == 1
    printed = capsys.readouterr()
    assert printed.err.count('absent-seed0') == 2
    assert "Absent needs a package; pip install -e '.[absent]'" in printed.err
    assert printed.err.count('1 jobs to run, 1 done before') == 2
    assert len(list(out.glob('*/jobs/*/done'))) == 4
    for name in ('near', 'far'):
        assert (out / name / 'report.html').exists()
        kept = yaml.safe_load(next(out.glob(f'{name}/jobs/dann-*/config.yaml')).read_text())
        assert kept['model']['init_args']['backbone']['init_args']['batch_norm'] is True
        failed = json.loads((out / name / 'run.json').read_text())['failed']
        assert [each['job'].split('-')[0] for each in failed] == ['absent']
    lines = [line for line in printed.out.splitlines() if line.startswith('| dann ') and 'one seed' in line]
    assert len(lines) == 2
    assert 'Adversarial' in lines[0]
    assert f'Reports: {out}/far/report.html, {out}/near/report.html' in printed.out

    table = (out / 'table.md').read_text()
    (out / 'table.md').unlink()
    assert main(['report', str(out)]) == 0
    assert (out / 'table.md').read_text() == table
    assert table in capsys.readouterr().out
    assert main(['report', str(out), '--json']) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == json.loads(json.dumps(read_results(out)))
    spent = {row['method']: row['seconds'] for row in shown['near']['rows']}
    assert spent['absent'] is None
    assert spent['dann'] > 0
