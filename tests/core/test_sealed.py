"""A changed byte in what a finished job left is found."""

from pathlib import Path

import pytest

from dann.core.errors import RunError
from dann.core.sealed import DONE, check_sealed, is_done, sums_of, was_left


@pytest.fixture
def job(tmp_path: Path) -> Path:
    folder = tmp_path / 'jobs' / 'dann-seed0-0123'
    (folder / 'views').mkdir(parents=True)
    for name in ('records.jsonl', 'weights.pt', 'confusion.npy', 'views/step-00001.npz'):
        (folder / name).write_bytes(name.encode())
    (folder / DONE).write_text(sums_of(folder))
    return folder


@pytest.mark.parametrize('name', ['records.jsonl', 'weights.pt', 'confusion.npy', 'views/step-00001.npz'])
def test_each_file_is_as_it_was_left_or_named(name: str, job: Path) -> None:
    check_sealed(job / name)
    data = bytearray((job / name).read_bytes())
    data[0] ^= 1
    (job / name).write_bytes(data)
    with pytest.raises(
        RunError, match=rf'{name} has changed since its job was done; delete .*dann-seed0-0123'
    ):
        check_sealed(job / name)


def test_a_file_that_was_left_and_is_gone_is_named(job: Path) -> None:
    assert was_left(job / 'confusion.npy')
    (job / 'confusion.npy').unlink()
    with pytest.raises(RunError, match=r'confusion\.npy is missing; delete'):
        was_left(job / 'confusion.npy')
    assert not was_left(job / 'samples.npz')


def test_nothing_is_known_of_a_job_of_an_earlier_version(job: Path) -> None:
    (job / DONE).write_text('')
    (job / 'confusion.npy').write_bytes(b'other')
    check_sealed(job / 'confusion.npy')
    assert is_done(job)


@pytest.mark.parametrize('content', ['{"records.jsonl": "12', '[]', '{"a": 1}', '\udcff', 'null'])
def test_a_damaged_seal_is_named_and_the_job_runs_again(content: str, job: Path) -> None:
    (job / DONE).write_bytes(content.encode(errors='surrogateescape'))
    assert not is_done(job)
    with pytest.raises(RunError, match='done'):
        check_sealed(job / 'records.jsonl')


def test_a_job_that_is_not_finished_is_not_checked(job: Path) -> None:
    (job / DONE).unlink()
    (job / 'records.jsonl').write_text('more')
    check_sealed(job / 'records.jsonl')
    assert not is_done(job)


def test_a_file_done_of_somebody_else_is_no_seal(tmp_path: Path) -> None:
    (tmp_path / DONE).write_text('with the dishes')
    (tmp_path / 'weights.pt').write_bytes(b'x')
    check_sealed(tmp_path / 'weights.pt')
