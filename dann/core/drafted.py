"""Names for files that are written beside the one that they replace, and which of them nobody writes any more."""

from __future__ import annotations

import contextlib
import glob
import os
import platform
import re
import time
from functools import cache
from hashlib import sha256
from pathlib import Path

DAY = 86_400.0  # seconds after which the draft of another machine is one that was left
NAMED = re.compile(r'\.(?P<machine>[0-9a-f]{8})\.(?P<process>\d+)\.draft$')


def draft_of(path: Path) -> Path:
    """Return where this process writes what will be renamed to ``path``, in the same folder.

    Drafts of the same file that killed processes left are removed first.
    """
    remove_left(path.parent, path.name)
    return path.with_name(f'.{path.name}.{_machine()}.{os.getpid()}.draft')


def remove_left(folder: Path, name: str | None = None) -> None:
    """Remove the drafts in a folder that killed processes left: of the file ``name``, or of every one."""
    for each in folder.glob(f'.{glob.escape(name) if name else "*"}.*.draft'):
        if is_left(each):
            with contextlib.suppress(OSError):
                each.unlink(missing_ok=True)


def is_left(draft: Path) -> bool:
    """Whether the process that wrote a draft is gone; of another machine that is so after a day."""
    named = NAMED.search(draft.name)
    if named is None:
        return False
    if named['machine'] == _machine() and os.name == 'posix':
        return not _runs(int(named['process']))
    try:
        return time.time() - draft.stat().st_mtime > DAY
    except OSError:
        return False


@cache
def _machine() -> str:
    """Return a name for what counts processes together: a machine, or a container on one."""
    try:
        counted = str(Path('/proc/self/ns/pid').readlink())
    except OSError:
        counted = ''
    return sha256(f'{platform.node()} {counted}'.encode()).hexdigest()[:8]


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # of another user
        return True
    return True
