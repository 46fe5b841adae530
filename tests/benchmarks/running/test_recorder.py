"""A checkpoint that cannot be continued from costs its job's time, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from one_job import records, run, toy_job

from dann.benchmarks.running import job as jobs
from dann.core.sealed import is_done, sums


def flipped(path: Path, needle: bytes, by: bytes) -> None:
    data = path.read_bytes()
    assert data.count(needle)
    path.write_bytes(data.replace(needle, by, 1))


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def one_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES: dict[str, Callable[[Path], Any]] = {
    'empty': lambda job: (job / 'last.ckpt').write_bytes(b''),
    'half': lambda job: halved(job / 'last.ckpt'),
    'one bit': lambda job: one_bit(job / 'last.ckpt'),
    'text': lambda job: (job / 'last.ckpt').write_text('gone'),
    'a list': lambda job: torch.save([1], job / 'last.ckpt'),
    'a record of another value': lambda job: flipped(
        job / 'records.jsonl', b'"step": ', b'"stop": 1, "step": '
    ),
    'no record': lambda job: (job / 'records.jsonl').unlink(),
    'half a record': lambda job: halved(job / 'records.jsonl'),
}


@pytest.fixture(scope='module')
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('whole')
    run(toy_job(), folder)
    return folder


@pytest.mark.parametrize('damage', DAMAGES)
def test_what_cannot_be_continued_begins_again_with_a_word(
    damage: str, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, said = toy_job(), list[str]()
    with monkeypatch.context() as patch:
        patch.delattr(jobs, '_leave_artifacts')
        with pytest.raises(NameError):
            run(job, tmp_path)
    DAMAGES[damage](tmp_path)
    run(job, tmp_path, said.append)
    assert len(said) == 1
    assert said[0].endswith('source_only, seed 0, begins again')
    assert records(tmp_path) == records(whole)
    ours, theirs = (torch.load(folder / 'weights.pt')['state_dict'] for folder in (tmp_path, whole))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_job_that_is_sound_goes_on_without_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with monkeypatch.context() as patch:
        patch.delattr(jobs, '_leave_artifacts')
        with pytest.raises(NameError):
            run(toy_job(), tmp_path)
    run(toy_job(), tmp_path, said.append)
    assert not said


def test_done_has_the_checksum_of_all_that_a_report_reads(whole: Path) -> None:
    assert is_done(whole)
    left = {path.relative_to(whole).as_posix() for path in whole.rglob('*') if path.is_file()}
    assert left - set(sums(whole)) <= {'done', 'metrics.csv'}
    assert json.loads((whole / 'done').read_text())['records.jsonl']
