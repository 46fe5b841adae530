"""A run folder is read whole, or refused with what to do."""

from pathlib import Path

import pytest
from benchmarks_fake import write_folder, write_suite

from dann.benchmarks import Results
from dann.benchmarks.results.opened import suite_folders
from dann.core.errors import RunError, UserError


def test_all_that_a_benchmark_left_is_there(tmp_path: Path) -> None:
    results = Results.open(str(write_folder(tmp_path, {'source_only': [0.6, 0.62], 'dann': [0.8]})))
    assert results.benchmark['title'] == 'Day to night'
    assert results.run['commit'] == '0123abc'
    assert [job.name.split('-')[0] for job in results.jobs] == ['dann', 'source_only', 'source_only']
    assert len(results.records) == 12
    assert [path.parent.name[:17] for path in results.leftovers('source_only', 'features.npz')] == [
        *('source_only-seed0', 'source_only-seed1'),
    ]
    assert results.leftovers('source_only', 'views') == []


def test_without_kept_predictions_no_record_has_a_score_of_all_candidates(tmp_path: Path) -> None:
    results = Results.open(write_folder(tmp_path, {'source_only': [0.6]}, pictures=False))
    assert results.with_ensemble == results.records
    assert results.with_ensemble is results.with_ensemble


def test_the_folders_of_a_suite(tmp_path: Path) -> None:
    assert suite_folders(write_suite(tmp_path)) == [tmp_path / 'day', tmp_path / 'sim']
    assert suite_folders(tmp_path / 'day') == []
    for path in (tmp_path / 'sim').glob('jobs/*/done'):
        path.unlink()
    assert suite_folders(tmp_path) == [tmp_path / 'day']


def test_broken_folders_are_explained(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='no results in'):
        Results.open(tmp_path / 'nowhere')
    root = write_folder(tmp_path / 'fake', {'source_only': [0.6]}, pictures=False)
    (root / 'run.json').write_text('{')
    with pytest.raises(RunError, match=r'run\.json is not valid: .*; run the benchmark again'):
        Results.open(root)
    (root / 'run.json').unlink()
    (root / 'benchmark.yaml').write_text('- a list')
    with pytest.raises(RunError, match=r'benchmark\.yaml holds no names and values \(list\); run'):
        Results.open(root)
    (root / 'benchmark.yaml').unlink()
    with pytest.raises(UserError, match=r'cannot read .*benchmark\.yaml'):
        Results.open(root)


def test_a_job_without_records_is_named(tmp_path: Path) -> None:
    root = write_folder(tmp_path, {'source_only': [0.6]}, pictures=False)
    next(root.glob('jobs/*/records.jsonl')).write_text('')
    with pytest.raises(
        RunError, match=r'records\.jsonl lacks the last evaluation of its run; delete .*source_only-seed0'
    ):
        Results.open(root)
