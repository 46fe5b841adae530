"""Which file a path stands for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dann.core.errors import RunError, UserError
from dann.core.sealed import sums_of
from dann.engine import finding
from dann.engine.finding import weights_of, weights_of_seeds
from dann.reporting import notation


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def job(root: Path, name: str, *files: str) -> Path:
    for each in ('done', *files):
        touch(root / 'jobs' / name / each)
    return root / 'jobs' / name


def test_a_file_is_itself_and_a_job_its_chosen_weights(tmp_path: Path) -> None:
    folder = job(tmp_path, 'dann-seed0-abc', 'weights.pt')
    assert weights_of(folder) == folder / 'weights.pt'
    assert weights_of(str(folder / 'weights.pt')) == folder / 'weights.pt'
    touch(folder / 'chosen.pt')
    assert weights_of(folder) == folder / 'chosen.pt'


def test_a_run_of_fit_is_its_best_checkpoint_or_the_last(tmp_path: Path) -> None:
    last = touch(tmp_path / 'checkpoints' / 'last.ckpt')
    assert weights_of(tmp_path) == last
    best = touch(tmp_path / 'checkpoints' / 'best-step=20.ckpt')
    os.utime(best, (1, 1))  # the last is written later
    assert weights_of(tmp_path) == weights_of(tmp_path / 'checkpoints') == best


def test_of_a_benchmark_a_row_and_a_seed_are_chosen(tmp_path: Path) -> None:
    for name in ('source_only-seed0-a', 'mcc-seed10-b', 'mcc-seed2-c', 'target_supervised-seed0-d'):
        job(tmp_path, name, 'weights.pt')
    touch(tmp_path / 'jobs' / 'mcc-seed1-e' / 'weights.pt')  # not done
    assert weights_of(tmp_path).parent.name == 'mcc-seed2-c'
    assert weights_of(tmp_path, seed=10).parent.name == 'mcc-seed10-b'
    assert weights_of(tmp_path, 'source_only').parent.name == 'source_only-seed0-a'
    with pytest.raises(UserError, match='has the seeds 2, 10, not 1; choose one'):
        weights_of(tmp_path, 'mcc', 1)
    with pytest.raises(UserError, match="unknown row 'mdd'"):
        weights_of(tmp_path, 'mdd')
    job(tmp_path, 'cdan+e-seed0-f', 'weights.pt')
    with pytest.raises(
        UserError, match=r'several rows; choose one with --method, or method=\.\.\. in Python: cdan\+e, mcc'
    ):
        weights_of(tmp_path)


def test_one_model_has_no_rows_to_choose_from(tmp_path: Path) -> None:
    folder = job(tmp_path, 'dann-seed0-abc', 'weights.pt')
    for asked in ({'method': 'dann'}, {'seed': 0}):
        for place in (folder, folder / 'weights.pt'):
            with pytest.raises(UserError, match='is one model, with no rows and seeds to choose from'):
                weights_of(place, **asked)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'there is no .*nowhere'):
        weights_of(tmp_path / 'nowhere')
    with pytest.raises(UserError, match='holds no trained network'):
        weights_of(tmp_path)


def test_chosen_weights_that_are_gone_are_not_replaced_by_others(tmp_path: Path) -> None:
    folder = job(tmp_path, 'dann-seed0-abc', 'weights.pt', 'chosen.pt')
    (folder / 'done').write_text(sums_of(folder))
    (folder / 'chosen.pt').unlink()
    with pytest.raises(RunError, match=r'chosen\.pt is missing; delete .* and run the benchmark again'):
        weights_of(folder)


def test_all_seeds_of_a_row_are_found_and_source_only_without_one(tmp_path: Path) -> None:
    for name in ('source_only-seed0-a', 'source_only-seed10-b', 'source_only-seed2-c', 'mcc-seed2-d'):
        job(tmp_path, name, 'weights.pt')
    assert [path.parent.name for path in weights_of_seeds(tmp_path)] == [
        'source_only-seed0-a',
        'source_only-seed2-c',
        'source_only-seed10-b',
    ]
    (found,) = weights_of_seeds(tmp_path, 'mcc')
    assert found.parent.name == 'mcc-seed2-d'
    with pytest.raises(UserError, match="unknown row 'mdd'; choose from mcc, source_only"):
        weights_of_seeds(tmp_path, 'mdd')
    alone = job(tmp_path, 'mcc-seed2-d', 'weights.pt')
    assert weights_of_seeds(alone) == weights_of_seeds(alone / 'weights.pt') == [alone / 'weights.pt']


def test_rows_without_a_baseline_must_be_chosen_from(tmp_path: Path) -> None:
    for name in ('dann-seed0-a', 'mcc-seed0-b'):
        job(tmp_path, name, 'weights.pt')
    with pytest.raises(
        UserError, match=r'several rows; choose one with --row, or method=\.\.\. in Python: dann, mcc'
    ):
        weights_of_seeds(tmp_path)


def test_the_row_that_all_others_are_compared_with_has_one_name() -> None:
    assert notation.BASELINE not in Path(finding.__file__).read_text(encoding='utf-8')
