"""How many faults were tried and survived."""

from __future__ import annotations

import sys
import time
from collections import Counter

PAUSE = 60.0  # seconds between two lines on how far it is


class Tally:
    """Counts by the rows of a table, and says at once what was not survived."""

    def __init__(self) -> None:
        self.tried, self.failed = Counter[str](), Counter[str]()
        self.began = self.said = time.monotonic()

    @property
    def minutes(self) -> float:
        """Since the first fault."""
        return (time.monotonic() - self.began) / 60

    def add(self, part: str, what: str, wrong: str) -> None:
        """Count a fault; ``wrong`` is empty where it was survived."""
        self.tried[part] += 1
        self.failed[part] += bool(wrong)
        if wrong:
            print(f'{part}: {what}: {wrong}', file=sys.stderr, flush=True)
        if time.monotonic() - self.said > PAUSE:
            self.said = time.monotonic()
            print(
                f'{self.tried.total():,} faults tried, {self.minutes:.0f} minutes',
                file=sys.stderr,
                flush=True,
            )

    def table(self) -> str:
        """Return a table in Markdown."""
        counts = [
            (part, f'{count:,}', f'{count - self.failed[part]:,}') for part, count in self.tried.items()
        ]
        grid = [('faults', 'tried', 'survived'), *counts]
        widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
        lines = [
            '| ' + ' | '.join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + ' |'
            for row in grid
        ]
        return '\n'.join([lines[0], '| ' + ' | '.join('-' * width for width in widths) + ' |', *lines[1:]])
