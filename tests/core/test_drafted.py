"""A draft that a killed process left goes with the next writing of its file; one that is being written stays."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dann.core import drafted
from dann.core.drafted import DAY, draft_of, is_left


def gone() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, '-c', ''])
    process.wait()
    return process.pid


def of(path: Path, process: int, machine: str | None = None) -> Path:
    draft = path.with_name(f'.{path.name}.{machine or drafted._machine()}.{process}.draft')
    draft.touch()
    return draft


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    path = tmp_path / 'table[1].csv'
    left, written, other = of(path, gone()), of(path, os.getppid()), of(tmp_path / 'b.csv', gone())
    mine = draft_of(path)
    assert not left.exists()
    assert written.exists()
    assert other.exists()
    assert mine.parent == tmp_path
    assert mine not in (left, written)
    assert not is_left(mine)


@pytest.mark.parametrize(('age', 'left'), [(0, False), (DAY + 60, True)])
def test_of_another_machine_only_the_age_is_known(age: float, left: bool, tmp_path: Path) -> None:
    draft = of(tmp_path / 'a', gone(), machine='0123abcd')
    os.utime(draft, times=(time.time() - age,) * 2)
    assert is_left(draft) is left


def test_names_of_others_are_never_drafts(tmp_path: Path) -> None:
    for name in ('.a.draft', 'a.draft', f'.a.{gone()}.draft', '.a.zzzzzzzz.1.draft'):
        (tmp_path / name).touch()
        draft_of(tmp_path / 'a')
        assert (tmp_path / name).exists()
