"""The two standard streams: closed, full, or without a reader, they end a command in a line at most."""

from __future__ import annotations

import contextlib
import errno
import os
import sys

from dann.reporting.escapes import escape_streams
from dann.reporting.saying import say

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


def open_streams() -> None:
    """Let both streams print any text; one that is closed swallows it, so that no file takes its number."""
    for name in ('stdout', 'stderr'):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, 'w', encoding='utf-8'))  # noqa: PTH123, SIM115
    escape_streams()


def silence() -> None:
    """Let the standard output swallow what is still to come, as after `head` has read enough."""
    with contextlib.suppress(OSError, ValueError):  # one that is no file, as in a notebook
        handle = os.open(os.devnull, os.O_WRONLY)
        os.dup2(handle, sys.stdout.fileno())
        os.close(handle)


def flushed(status: int) -> int:
    """Write out what is still held back, and return the status of the command, or 1 where that cannot be written."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        silence()
    except OSError as error:
        silence()
        say(cannot_write(error))
        return status or 1
    return status


def cannot_write(error: OSError) -> str:
    """Return the line for output that has no place."""
    return (
        f'cannot write the output ({error.strerror or error}); free the disk, or send the output elsewhere, and run '
        'the command again'
    )
