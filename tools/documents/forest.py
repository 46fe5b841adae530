"""The catalogue in one figure: what each method adds to source-only, on every pair."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from dann.reporting import palette
from dann.reporting.forest import Named, Panel, by_family
from dann.reporting.forest import forest as draw
from dann.reporting.notation import BASELINE, points
from tools.documents.kept import Kept, Measured

FIGURE = Path('figures/catalogue.png')


def source_of(kept: Sequence[Kept]) -> str:
    """Return a hash of what the figure shows, which its file carries."""
    return hashlib.sha256(repr([(pair.pair, pair.rows) for pair in kept]).encode()).hexdigest()[:16]


def compared(pair: Kept) -> dict[str, Measured]:
    """Return the rows that the figure compares with source-only, by name: those that need no target labels."""
    return {
        row.method: row
        for row in pair.rows
        if row.difference is not None and not row.uses_target_labels and row.method != BASELINE
    }


def panels(kept: Sequence[Kept]) -> list[Panel]:
    """Return one comparison a pair."""
    return [
        Panel(pair.pair, {name: row.difference for name, row in compared(pair).items() if row.difference})
        for pair in kept
    ]


def in_rows(kept: Sequence[Kept]) -> list[Named]:
    """Return family and name of every compared row: family by family, the largest difference first."""
    families = {name: row.family for pair in kept for name, row in compared(pair).items()}
    return by_family(panels(kept), families)


def forest(kept: Sequence[Kept]) -> bytes:
    """Return a PNG: difference from source-only with its interval, a panel a pair and a line a method."""
    with palette.look():
        figure = draw(
            panels(kept), in_rows(kept), 'difference from source-only in points of target test accuracy'
        )
        return palette.encode(figure, source=source_of(kept))


def alt(kept: Sequence[Kept]) -> str:
    """Return the figure in words."""
    best = []
    for pair in kept:
        differences = {name: row.difference.mean for name, row in compared(pair).items() if row.difference}
        top = sorted(differences, key=lambda name: -differences[name])[:3]
        words = ', '.join(f'{name} {points(differences[name], signed=True)}' for name in top)
        best.append(f'{pair.pair}: {words}')
    return f'Difference of every method from source-only, with intervals; the largest on {"; on ".join(best)}'
