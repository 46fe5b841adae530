"""What is kept of an evaluation is enough to score it again."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from harness import dann, write

from dann import cli
from dann.benchmarks.results.records import collect, job_folders, rewrite
from dann.benchmarks.running.kept_views import keep, kept_predictions, kept_views, path_of


@pytest.fixture(scope='module')
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('kept')
    configuration = write(folder, seeds=1, methods={'source_only': {}, 'coral': {'alignment': 'CORAL'}})
    done = dann('benchmark', configuration, '--out', str(folder / 'out'), '--keep-views', '--workers', '1')
    assert done.returncode == 0, done.stderr
    return folder / 'out'


def test_every_evaluation_is_kept_without_target_labels(kept: Path) -> None:
    for job in job_folders(kept):
        for step in (5, 10, 15, 20):
            with np.load(path_of(job, step)) as arrays:
                assert not [name for name in arrays if name.startswith('target') and 'labels' in name]
            views = kept_views(path_of(job, step))
            assert views is not None
            source, target = views
            assert source.labels is not None
            assert target.labels is None
            assert sorted(target.extra) == ['mixup.logits', 'mixup.partner']
            assert len(kept_predictions(path_of(job, step))) == len(target)


def test_scores_computed_again_are_those_of_the_run(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = collect(kept)
    for job in job_folders(kept):
        forgotten = [each for each in before if each['run'] == job.name]
        spoilt = [{**each, 'scores': each['scores'] | {'val/infomax': -1.0}} for each in forgotten]
        rewrite(job / 'records.jsonl', spoilt)  # type: ignore[arg-type]
    assert cli.main(['validators', str(kept), '--rescore']) == 0
    assert '8 evaluations scored again' in capsys.readouterr().err
    np.testing.assert_equal(collect(kept), before)


def test_predictions_alone_are_nothing_to_score(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = shutil.copytree(kept, tmp_path / 'bare')
    for job in job_folders(bare):
        for path in (job / 'views').iterdir():
            views, step = kept_views(path), int(path.stem.removeprefix('step-'))
            assert views is not None
            keep(job, step, {'source_val': views[0], 'target_val': views[1]}, whole=False)
            assert kept_views(path) is None
            assert kept_predictions(path).sum(dim=1).numpy() == pytest.approx(1, abs=2e-3)
    assert cli.main(['validators', str(bare), '--rescore']) == 2
    assert 'run the benchmark with --keep-views' in capsys.readouterr().err


def test_the_ensemble_is_a_rule_after_the_fact(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(['validators', str(kept)]) == 0
    assert 'val/ensv ' in capsys.readouterr().out
    assert cli.main(['report', str(kept), '--select', 'val/ensv']) == 0
    assert 'val/ensv' in capsys.readouterr().out
