"""How far a run is, as its folder tells."""

from pathlib import Path

from benchmarks_fake import history, write_folder, write_job

from dann.benchmarks.results.underway import lacking, underway


def test_jobs_are_counted_and_running_ones_named(tmp_path: Path) -> None:
    asked = {'methods': dict.fromkeys(['source_only', 'dann', 'cut']), 'seeds': [0, 1], 'left_out': ['cut']}
    folder = write_folder(tmp_path, {'source_only': [0.6]}, benchmark=asked, pictures=False)
    first = underway(folder)
    assert (first.done, first.planned, first.running) == (1, 4, ())
    write_job(folder, history('dann', 1, 0.8)[:2], done=False, pictures=False)
    (folder / 'jobs' / 'dann-seed0-0123456789ab').mkdir()
    second = underway(folder)
    assert second.running == ('dann-seed0', 'dann, seed 1 (step 200 of 400)')
    assert second.text == '1 of 4 jobs done; running: dann-seed0; dann, seed 1 (step 200 of 400).'
    assert second.version == first.version
    said = (
        f'{folder}: 1 of 4 jobs are done, and only these are measured; run the benchmark again to finish it'
    )
    assert lacking(folder, 'measured') == said
    (folder / 'jobs' / 'dann-seed0-0123456789ab' / 'broken').touch()
    (folder / 'jobs' / 'dann-seed1-0123456789ab' / 'done').touch()
    third = underway(folder)
    assert third.running == ()
    assert third.version != first.version


def test_an_empty_folder_is_being_prepared(tmp_path: Path) -> None:
    assert underway(tmp_path).text == 'The benchmark is being prepared.'
    folder = write_folder(tmp_path / 'x', {'source_only': [0.6]}, pictures=False, benchmark={'seeds': [0]})
    assert underway(folder).text == 'All 1 jobs are done.'
    assert lacking(folder, 'measured') == ''
