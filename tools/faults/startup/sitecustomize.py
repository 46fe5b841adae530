"""Read by Python when it starts: where a fault is asked for, kills this process before a file operation.

``DANN_FAULT`` holds which process (``worker`` or ``parent``), what is killed (``group`` or ``itself``), and before
which of its operations on files, counted from 1: opening one to write, renaming, deleting, making a folder. A name
without a slash before it, as of a folder that is open, counts too.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

OPERATIONS = ('os.rename', 'os.remove', 'os.mkdir', 'os.rmdir', 'os.truncate')
WRITING = os.O_WRONLY | os.O_RDWR


def install(role: str) -> None:
    """Count operations of this process from now on, if it is the one that the fault is asked for."""
    asked = os.environ.get('DANN_FAULT', '').split()
    if len(asked) != 3 or asked[0] != role:
        return
    left, below = [int(asked[2])], os.fspath(Path.cwd())

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event != 'open' and event not in OPERATIONS:
            return
        if event == 'open' and not (isinstance(arguments[2], int) and arguments[2] & WRITING):
            return
        if not _is_below(arguments[0], below):
            return
        left[0] -= 1
        if left[0] == 0:
            (os.killpg if asked[1] == 'group' else os.kill)(_target(asked[1]), signal.SIGKILL)

    sys.addaudithook(hook)


def _target(what: str) -> int:
    return os.getpgrp() if what == 'group' else os.getpid()


def _is_below(path: object, folder: str) -> bool:
    if not isinstance(path, str | bytes | os.PathLike):
        return False
    return str(Path(os.fsdecode(path)).absolute()).startswith(folder)


if '--multiprocessing-fork' in sys.orig_argv:
    install('worker')
