"""One process in a folder at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
        _acquire(lock, folder)
    except Timeout as error:
        msg = f'another benchmark is running in {folder}; wait for it, or pass --out with another folder'
        raise UserError(msg) from error
    except OSError as error:
        msg = f'cannot write {folder} ({error.strerror}); pass --out with a folder you can write'
        raise UserError(msg) from error
    try:
        yield
    finally:
        lock.release()


def _acquire(lock: FileLock, folder: Path) -> None:
    """Take a lock; of a disk without locks filelock makes a mere file, which a killed process would leave for ever."""
    with suppress(NotImplementedError):  # of filelock before it did that
        lock.acquire()
        if not isinstance(lock, SoftFileLock):
            return
        lock.release()
    raise UserError(
        f'{folder} is on a disk without locks, so two runs there could mix; pass --out with another disk'
    )
