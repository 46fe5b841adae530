"""Records are written whole, read back exactly, and a bad one says what to do."""

import contextlib
import errno
import json
import math
import os
from pathlib import Path

import pytest
from benchmarks_fake import history, record, write_folder, write_job

from dann.benchmarks.results import records
from dann.benchmarks.results.records import append, collect, read, read_done, rewrite, truncate
from dann.core.errors import RunError, UserError
from dann.core.sealed import sums, sums_of
from dann.reporting.files import write_whole


def test_what_is_appended_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / 'records.jsonl'
    written = [record(step=100), record(step=200, scores={'val/infomax': 0.1 + 0.2})]
    for each in written:
        append(path, each)
    assert read(path) == written
    assert [file.name for file in tmp_path.iterdir()] == ['records.jsonl']


def test_a_score_that_is_not_a_number_stays_none_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / 'records.jsonl'
    append(path, record(scores={'val/snd': math.nan, 'loss/dann': math.inf}))
    assert json.loads(path.read_text(), parse_constant=pytest.fail)['scores']['val/snd'] is None
    assert math.isnan(read(path)[0]['scores']['val/snd'])
    assert math.isnan(read(path)[0]['scores']['loss/dann'])


def test_a_full_disk_keeps_the_old_file_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / 'records.jsonl'
    append(path, record(step=100))
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(RunError, match=r'records\.jsonl \(No space left on device\); free some space'):
        append(path, record(step=200))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ['records.jsonl']


@pytest.mark.parametrize(
    ('line', 'reason'),
    [
        ('{"step": 1', 'not JSON'),
        ('[1, 2]', r"expected an object, got '\[1, 2\]'"),
        ('{"format": 2}', 'expected format 1, got 2'),
        ('{"format": 1}', "expected the key 'benchmark'"),
        (
            json.dumps({**record(), 'scores': {'val/snd': 'high'}}),
            'expected `scores` to map names to numbers',
        ),
        (json.dumps({**record(), 'scores': [0.5]}), 'expected `scores` to be names and values'),
        (json.dumps(record()), 'expected a step above 100, got 100'),
    ],
)
def test_a_corrupt_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / 'dann-seed0-0123456789ab' / 'records.jsonl'
    append(path, record())
    path.write_text(path.read_text() + line + '\n')
    with pytest.raises(RunError, match=rf'records\.jsonl, line 2: {reason}') as caught:
        read(path)
    assert str(caught.value).endswith(
        f'; delete {path.parent} and run the benchmark again: only that job is repeated'
    )


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / 'records.jsonl'
    path.write_bytes(b'\xff\xfe\x00')
    with pytest.raises(RunError, match='not UTF-8 text'):
        read(path)


def test_truncation_drops_later_steps_and_touches_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / 'records.jsonl'
    for step in (100, 200, 300):
        append(path, record(step=step))
    lines = path.read_text().splitlines()
    truncate(path, 200)
    assert path.read_text().splitlines() == lines[:2]
    truncate(path, 0)
    assert read(path) == []
    truncate(tmp_path / 'none.jsonl', 0)
    assert not (tmp_path / 'none.jsonl').exists()


def test_only_completed_jobs_count(tmp_path: Path) -> None:
    write_job(tmp_path, history('dann', 0, 0.8), pictures=False)
    write_job(tmp_path, history('dann', 1, 0.8), pictures=False, done=False)
    assert {each['seed'] for each in collect(tmp_path)} == {0}
    assert {each['seed'] for each in collect(tmp_path, complete_only=False)} == {0, 1}


def test_a_job_called_done_without_records_is_reported(tmp_path: Path) -> None:
    job = write_job(tmp_path, history('dann', 0, 0.8), pictures=False)
    (job / 'records.jsonl').unlink()
    with pytest.raises(RunError, match=r'No such file or directory\); delete .*dann-seed0'):
        collect(tmp_path)


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r'no results in .* expected a folder that `dann benchmark` has written'
    ):
        collect(tmp_path / 'nowhere')
    write_job(tmp_path, history('dann', 0, 0.8), pictures=False, done=False)
    with pytest.raises(UserError, match=r'no completed job in .* \(1 unfinished\); run the benchmark again'):
        collect(tmp_path)


def test_the_whole_folder_is_collected(tmp_path: Path) -> None:
    write_folder(tmp_path, {'source_only': [0.6, 0.6], 'dann': [0.7, 0.7]}, pictures=False)
    assert len(collect(tmp_path)) == 2 * 2 * 4


@pytest.mark.parametrize('killed', [1, 2, 3, 4])
def test_scores_may_be_replaced_and_the_process_killed_at_any_moment(
    killed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_folder(tmp_path, {'source_only': [0.6]}, pictures=False)
    [job] = root.glob('jobs/*')
    (job / 'done').write_text(sums_of(job))
    found, left = read_done(job), iter(range(1, killed))

    def dying(path: Path, data: bytes | str) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        write_whole(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(records, 'write_whole', dying)
        with contextlib.suppress(KeyboardInterrupt):
            rewrite(job / 'records.jsonl', [{**each, 'seconds': 9.0} for each in found])
    assert [each['seconds'] for each in read_done(job)] in ([1.5] * 4, [9.0] * 4)
    assert (sums(job) == json.loads(sums_of(job))) == (killed in (1, 4))


def test_a_run_that_lacks_its_last_evaluation_is_named(tmp_path: Path) -> None:
    root = write_folder(tmp_path, {'source_only': [0.6]}, pictures=False)
    [job] = root.glob('jobs/*')
    path = job / 'records.jsonl'
    path.write_text(''.join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(RunError, match=r'records\.jsonl lacks the last evaluation of its run; delete'):
        read_done(job)
