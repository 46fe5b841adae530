"""``run.json`` says how the records of a folder came to be, over all calls that wrote into it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dann.benchmarks.running import provenance as module
from dann.benchmarks.running.provenance import Provenance, is_settled, note_rescored, read_run

MANIFESTS = {'source': {'name': 'a'}, 'target': {'name': 'b'}}


@pytest.fixture(autouse=True)
def _commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, 'commit', lambda: 'abc')


def call(
    folder: Path, failed: dict[str, str] | None = None, *, command: str = 'dann benchmark'
) -> dict[str, Any]:
    """Return what ``run.json`` holds after one call."""
    with Provenance(folder, command) as about:
        about.manifests, about.failed = MANIFESTS, failed or {}
    written: dict[str, Any] = json.loads((folder / 'run.json').read_text())
    return written


def test_a_call_says_command_machine_versions_and_data(tmp_path: Path) -> None:
    written = call(tmp_path, command='dann benchmark toy')
    assert written['command'] == 'dann benchmark toy'
    assert {'python', 'dann', 'torch', 'numpy'} <= written['versions'].keys()
    assert (written['manifests'], written['failed'], written['commit']) == (MANIFESTS, [], 'abc')


def test_minutes_add_up_and_the_start_is_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 120.0, 1000.0, 1060.0])
    monkeypatch.setattr(module, 'time', SimpleNamespace(monotonic=lambda: next(clock)))
    first = call(tmp_path)
    second = call(tmp_path)
    assert (first['minutes'], second['minutes']) == (2.0, 3.0)
    assert second['started'] == first['started']


def test_every_commit_that_wrote_is_named_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for commit in ('abc', 'abc', None, 'def', 'abc'):
        monkeypatch.setattr(module, 'commit', lambda commit=commit: commit)
        written = call(tmp_path)
    assert written['commit'] == 'abc, def'


def test_a_failure_stays_until_its_job_is_done(tmp_path: Path) -> None:
    call(tmp_path, {'dann-seed0': 'no memory', 'mmd-seed0': 'no package'})
    assert [each['job'] for each in call(tmp_path)['failed']] == ['dann-seed0', 'mmd-seed0']
    (tmp_path / 'jobs' / 'mmd-seed0').mkdir(parents=True)
    (tmp_path / 'jobs' / 'mmd-seed0' / 'done').touch()
    assert call(tmp_path, {'dann-seed0': 'no disk'})['failed'] == [{'job': 'dann-seed0', 'error': 'no disk'}]


def test_a_failure_of_a_job_that_is_done_is_not_settled(tmp_path: Path) -> None:
    assert not is_settled(tmp_path)
    call(tmp_path, {'dann-seed0': 'its process ended with status -9'})
    assert is_settled(tmp_path)  # nothing new is known
    (tmp_path / 'jobs' / 'dann-seed0').mkdir(parents=True)
    (tmp_path / 'jobs' / 'dann-seed0' / 'done').touch()
    assert not is_settled(tmp_path)
    call(tmp_path)
    assert is_settled(tmp_path)


def test_a_call_that_ran_nothing_writes_nothing_and_one_that_raised_writes(tmp_path: Path) -> None:
    with Provenance(tmp_path, 'dann'):
        pass
    assert not (tmp_path / 'run.json').exists()

    def interrupted() -> None:
        with Provenance(tmp_path, 'dann') as about:
            about.manifests = MANIFESTS
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (tmp_path / 'run.json').exists()


def test_what_is_known_is_written_before_the_first_job(tmp_path: Path) -> None:
    with Provenance(tmp_path, 'dann benchmark') as about:
        about.begin(MANIFESTS)
        written = read_run(tmp_path / 'run.json')
        assert written
        assert (written['command'], written['manifests']) == ('dann benchmark', MANIFESTS)


@pytest.mark.parametrize('damage', ['', '{', '[]', '{"minutes": 7', None])
def test_a_damaged_file_is_mended_by_the_next_call(damage: str | None, tmp_path: Path) -> None:
    whole = call(tmp_path)
    path = tmp_path / 'run.json'
    path.write_text(path.read_text().replace('"minutes": 0', '"minutes": 7') if damage is None else damage)
    assert read_run(path) is None
    note_rescored(tmp_path)  # does not make a sound file of a damaged one
    assert read_run(path) is None
    assert call(tmp_path)['manifests'] == whole['manifests']
    assert read_run(path)


def test_scores_computed_again_are_noted(tmp_path: Path) -> None:
    call(tmp_path)
    note_rescored(tmp_path)
    written = json.loads((tmp_path / 'run.json').read_text())
    assert written['rescored']['commit'] == 'abc'
    assert written['command'] == 'dann benchmark'


def test_it_does_not_say_whose_machine_it_was(tmp_path: Path) -> None:
    command = 'dann benchmark /home/ann/photos --out=/home/ann/runs/y'
    written = call(tmp_path, {'dann-seed0': 'cannot read /home/ann/photos/1.png'}, command=command)
    assert written['command'] == 'dann benchmark …/photos --out=…/y'
    assert written['failed'] == [{'job': 'dann-seed0', 'error': 'cannot read …/1.png'}]
    assert read_run(tmp_path / 'run.json') is not None
    assert call(tmp_path)['failed'] == written['failed']
