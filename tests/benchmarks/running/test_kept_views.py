"""What is kept of an evaluation is enough to score it again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from harness import configuration, dann, write
from planted_shift import domains

from dann import cli
from dann.benchmarks.results.records import collect, job_folders, rewrite
from dann.benchmarks.running.kept_views import (
    keep,
    kept_predictions,
    kept_test_predictions,
    kept_views,
    path_of,
)
from dann.benchmarks.running.rescore import rescore
from dann.core.errors import RunError, UserError

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('kept')
    model = configuration()['model']
    model['init_args']['dear_validators'] = 'always'
    methods = {'source_only': {}, 'coral': {'alignment': 'CORAL'}}
    asked = write(folder, seeds=1, methods=methods, model=model)
    done = dann('benchmark', asked, '--out', str(folder / 'out'), '--keep-views', '--workers', '1')
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
        (job / 'done').write_text('')  # no checksums, as of an earlier version
        for path in (job / 'views').iterdir():
            views, step = kept_views(path), int(path.stem.removeprefix('step-'))
            assert views is not None
            keep(job, step, {'source_val': views[0], 'target_val': views[1]}, whole=False)
            assert kept_views(path) is None
            assert kept_predictions(path).sum(dim=1).numpy() == pytest.approx(1, abs=2e-3)
    assert cli.main(['validators', str(bare), '--rescore']) == 2
    assert 'run the benchmark with --keep-views' in capsys.readouterr().err


def rewritten(folder: Path, change: Callable[[str], str | None]) -> Path:
    """Rename the arrays of every kept evaluation; ``None`` leaves one out."""
    for job in job_folders(folder):
        (job / 'done').write_text('')  # no checksums, as of an earlier version
        for path in (job / 'views').iterdir():
            with np.load(path) as arrays:
                parts = {change(name): array for name, array in arrays.items()}
            np.savez(path, **{name: array for name, array in parts.items() if name is not None})
    return folder


def test_views_that_were_kept_before_they_had_extras_score_the_same(kept: Path, tmp_path: Path) -> None:
    former = {
        'target_extra_mixup.logits': 'target_mixed_logits',
        'target_extra_mixup.partner': 'target_mixed_with',
    }
    old = rewritten(shutil.copytree(kept, tmp_path / 'old'), lambda name: former.get(name, name))
    before = collect(old)
    assert {'val/mixval'} <= before[0]['scores'].keys()
    assert rescore([old], ['MixVal', 'Entropy'], 1) == 8
    np.testing.assert_equal(collect(old), before)


def test_a_pass_that_was_not_kept_is_named(kept: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(kept, tmp_path / 'bare')
    rewritten(bare, lambda name: None if 'mixup' in name else name)
    before = collect(bare)
    with pytest.raises(
        UserError, match=r'MixVal needs mixup, which .* did not keep; .*--keep-views and MixVal among'
    ):
        rescore([bare], ['Entropy', 'MixVal'], 1)
    assert rescore([bare], [], 1) == 8  # the default ones, but for MixVal
    np.testing.assert_equal(collect(bare), before)


def test_the_ensemble_is_a_rule_after_the_fact(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(['validators', str(kept)]) == 0
    assert 'val/ensv ' in capsys.readouterr().out
    assert cli.main(['report', str(kept), '--select', 'val/ensv']) == 0
    assert 'val/ensv' in capsys.readouterr().out


def test_predictions_on_the_test_split_are_kept_where_they_are_asked_for(tmp_path: Path) -> None:
    source, target, _ = domains()
    splits = {'source_val': source, 'target_val': target, 'target_test': target[:7]}
    keep(tmp_path, 1, splits, whole=False)
    with pytest.raises(RunError, match='tested_probabilities'):
        kept_test_predictions(path_of(tmp_path, 1))
    keep(tmp_path, 2, splits, whole=False, tested=True)
    found = kept_test_predictions(path_of(tmp_path, 2))
    np.testing.assert_allclose(found, target[:7].probabilities.numpy(), atol=1e-3)
    assert found.dtype == np.float64
