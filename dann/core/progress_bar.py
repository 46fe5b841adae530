"""A bar on a terminal for work that is done piece by piece."""

from __future__ import annotations

import multiprocessing as mp
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

from dann.core.shown import shown

T = TypeVar('T')
PATIENCE = 2  # seconds without a word


def counted(pieces: Sequence[T], done: int, title: str) -> Iterator[tuple[int, T]]:
    """Yield what is left to do with its number; a terminal shows a bar once it has taken 2 seconds.

    A worker process, beside whose bar others would be drawn, says at the end alone what it has done.

    Args:
        pieces: Of the work.
        done: How many of them are done already.
        title: What the bar calls the work.
    """
    began, bar = time.monotonic(), sys.stderr.isatty() and not mp.current_process().daemon
    for number, piece in enumerate(pieces[done:], done):
        yield number, piece
        spent = time.monotonic() - began
        if bar and spent > PATIENCE:
            left = spent * (len(pieces) - number - 1) / (number + 1 - done)
            print(
                f'\r{_bar(title, (number + 1) / len(pieces))}  {left:3.0f} s left',
                end='',
                file=sys.stderr,
                flush=True,
            )
    if time.monotonic() - began > PATIENCE:
        end = '\r' * bar + _bar(title, 1.0)
        print(f'{end}  {time.monotonic() - began:3.0f} s     ', file=sys.stderr)


def _bar(title: str, share: float, width: int = 24) -> str:
    full = round(width * share)
    return f'{shown(title)} {"━" * full}{" " * (width - full)} {share:4.0%}'
