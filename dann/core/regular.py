"""Files that end: pipes, sockets and devices are not opened, since reading one may never return."""

from __future__ import annotations

import errno
import stat
from pathlib import Path


def regular(path: Path) -> Path:
    """Return a path that may be opened.

    Raises:
        OSError: There is nothing, or what is there is no file.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, 'no regular file', str(path))
    return path


def identity(path: Path) -> tuple[int, int]:
    """Return what a folder or file has in common with every link to it.

    Raises:
        OSError: There is nothing.
    """
    state = path.stat()
    return state.st_dev, state.st_ino
