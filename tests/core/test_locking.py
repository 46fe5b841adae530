"""A folder is one process's at a time, and is free again after that process has gone."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dann.core.errors import UserError
from dann.core.locking import locked

HOLD = """
import sys
from pathlib import Path
from dann.core.locking import locked
with locked(Path(sys.argv[1])):
    print('held', flush=True)
    sys.stdin.read()
"""


def test_a_second_lock_is_refused_and_a_later_one_is_not(tmp_path: Path) -> None:
    with locked(tmp_path):
        message = rf'another benchmark is running in {tmp_path}; .* --out'
        with pytest.raises(UserError, match=message), locked(tmp_path):
            pass
        with locked(tmp_path.parent):
            pass
    with locked(tmp_path):
        pass


def test_an_error_inside_gives_the_folder_back(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path):
        raise ZeroDivisionError
    with locked(tmp_path):
        pass


def test_a_process_that_is_killed_gives_the_folder_back(tmp_path: Path) -> None:
    command = [sys.executable, '-c', HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == 'held\n'
        with pytest.raises(UserError, match='another benchmark is running'), locked(tmp_path):
            pass
        holder.kill()
        holder.wait()
    with locked(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / '.lock').mkdir()
    said = rf'cannot write {tmp_path} \(.+\); pass --out with a folder you can write'
    with pytest.raises(UserError, match=said), locked(tmp_path):
        pass


def test_a_disk_without_locks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of some network disks: two machines would run in one folder."""

    fcntl = pytest.importorskip('fcntl')

    def unable(*_: object) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, 'flock', unable)
    said = r'is on a disk without locks, .*; pass --out with another disk'
    with pytest.raises(UserError, match=said), locked(tmp_path):
        pass
