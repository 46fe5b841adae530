"""What a command says beside its result: one line on the error stream."""

from __future__ import annotations

import contextlib
import sys

from dann.core.shown import one_line


def say(message: object) -> None:
    """Print a message as one line that begins with ``dann:``, whatever names are in it, if the stream takes one."""
    with contextlib.suppress(OSError):
        print(f'dann: {one_line(message)}', file=sys.stderr, flush=True)
