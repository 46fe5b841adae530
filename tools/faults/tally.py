"""How many faults were tried and survived."""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict

PAUSE = 60.0  # seconds between two lines on how far it is


class Tally:
    """Counts by the rows of a table, and says at once what was not survived."""

    def __init__(self) -> None:
        self.tried, self.failed = Counter[str](), Counter[str]()
        self.seconds = defaultdict[str, float](float)
        self.began = self.said = time.monotonic()

    @property
    def minutes(self) -> float:
        """Since the first fault."""
        return (time.monotonic() - self.began) / 60

    def add(self, part: str, what: str, wrong: str, seconds: float) -> None:
        """Count a fault that took so long; ``wrong`` is empty where it was survived."""
        self.seconds[part] += seconds
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
            (part, f'{count:,}', f'{count - self.failed[part]:,}', f'{self.seconds[part] / 60:.1f}')
            for part, count in self.tried.items()
        ]
        grid = [('faults', 'tried', 'survived', 'minutes'), *counts]
        widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
        lines = [
            '| ' + ' | '.join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + ' |'
            for row in grid
        ]
        return '\n'.join([lines[0], '| ' + ' | '.join('-' * width for width in widths) + ' |', *lines[1:]])
