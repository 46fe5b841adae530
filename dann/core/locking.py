"""One process in a folder at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, SoftFileLock, Timeout

from dann.core.errors import UserError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep a second benchmark out of a folder; a process that dies gives its lock back.

    Args:
        folder: Which must exist; its lock is the file ``.lock`` in it.

    Raises:
        UserError: Another process has it, here or on a machine that shares the disk; or it cannot be written, or the
            disk has no locks.
    """
    lock = FileLock(folder / '.lock', timeout=0)
    try:
        _acquire(lock)
    except Timeout as error:
        msg = f'another benchmark is running in {folder}; wait for it, or pass --out with another folder'
        raise UserError(msg) from error
    except NotImplementedError as error:  # a network disk, on which another machine would not see the lock
        msg = (
            f'{folder} is on a disk without locks, so two runs there could mix; pass --out with another disk'
        )
        raise UserError(msg) from error
    except OSError as error:
        msg = f'cannot write {folder} ({error.strerror}); pass --out with a folder you can write'
        raise UserError(msg) from error
    try:
        yield
    finally:
        lock.release()


def _acquire(lock: FileLock) -> None:
    """Take a lock; raise ``NotImplementedError`` where the disk has none."""
    lock.acquire()
    if isinstance(lock, SoftFileLock):  # a mere file, which a killed process would leave for ever
        lock.release()
        raise NotImplementedError
