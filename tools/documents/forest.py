"""The catalogue in one figure: what each method adds to source-only, on every pair."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from dann.core.families import family_name, in_order
from dann.reporting import palette
from dann.reporting.notation import BASELINE, points
from tools.documents.kept import Kept, Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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


def in_rows(kept: Sequence[Kept]) -> list[tuple[str, str]]:
    """Return family and name of every compared row: family by family, the largest difference first."""
    values: dict[tuple[str, str], list[float]] = {}
    for pair in kept:
        for name, row in compared(pair).items():
            assert row.difference is not None
            values.setdefault((row.family, name), []).append(row.difference.mean)
    families = in_order(family for family, _ in values)
    return sorted(
        values, key=lambda key: (families.index(key[0]), -sum(values[key]) / len(values[key]), key[1])
    )


def forest(kept: Sequence[Kept]) -> bytes:
    """Return a PNG: difference from source-only with its interval, a panel a pair and a line a method."""
    rows = in_rows(kept)
    places = _places(rows)
    with palette.look():
        figure = palette.new_figure(3.5 + 3 * len(kept), 1.6 + 0.2 * (places[-1] + 1 if places else 1))
        panels = figure.subplots(1, len(kept), sharey=True, squeeze=False).ravel()
        for axes, pair in zip(panels, kept, strict=True):
            _panel(axes, pair, rows, places)
        panels[0].set_yticks(places, [name for _, name in rows], fontsize=9)
        panels[0].set_ylim(places[-1] + 0.8 if places else 1, -0.8)
        _families(panels[-1], rows, places)
        figure.supxlabel('difference from source-only in points of target test accuracy', fontsize=10)
        return palette.encode(figure, source=source_of(kept))


def _places(rows: Sequence[tuple[str, str]]) -> list[float]:
    """Return where each row stands, with a gap between families."""
    places: list[float] = []
    for index, (family, _) in enumerate(rows):
        gap = 0.6 if index and rows[index - 1][0] != family else 0
        places.append(places[-1] + 1 + gap if places else 0.0)
    return places


def _panel(axes: Axes, pair: Kept, rows: Sequence[tuple[str, str]], places: Sequence[float]) -> None:
    known, colours = compared(pair), palette.family_colours(family for family, _ in rows)
    axes.axvline(0, color='#333333', linestyle='--', linewidth=1, zorder=0.5)
    for (family, name), place in zip(rows, places, strict=True):
        difference = known[name].difference if name in known else None
        if difference is None:
            axes.text(
                0.5,
                place,
                'not measured',
                transform=axes.get_yaxis_transform(),
                fontsize=7,
                color='#888888',
                ha='center',
                va='center',
            )
            continue
        spread = 100 * (difference.half_width or 0)
        axes.errorbar(
            100 * difference.mean, place, xerr=spread, color=colours[family], linewidth=1.5, capsize=0
        )
        face = colours[family] if difference.excludes_zero else 'white'
        axes.scatter(
            100 * difference.mean, place, s=24, color=face, edgecolor=colours[family], linewidth=1.4, zorder=3
        )
    axes.set_xlim(_limits(list(known.values())))
    axes.set_title(f'{pair.pair}', fontsize=11)
    axes.grid(visible=True, axis='x')
    axes.set_axisbelow(True)
    axes.tick_params(left=False)


def _limits(rows: Sequence[Measured]) -> tuple[float, float]:
    """Return a range that holds every mean and most intervals; one whisker as wide as all would hide the rest."""
    means = [100 * row.difference.mean for row in rows if row.difference]
    widths = [100 * (row.difference.half_width or 0) for row in rows if row.difference]
    pad = max(median(widths) if widths else 0, 2.0)
    return min([0, *means]) - pad, max([0, *means]) + pad


def _families(axes: Axes, rows: Sequence[tuple[str, str]], places: Sequence[float]) -> None:
    colours = palette.family_colours(family for family, _ in rows)
    for family in dict.fromkeys(family for family, _ in rows):
        own = [place for (each, _), place in zip(rows, places, strict=True) if each == family]
        middle = (own[0] + own[-1]) / 2
        axes.text(
            1.03,
            middle,
            family_name(family),
            transform=axes.get_yaxis_transform(),
            color=colours[family],
            fontsize=9,
            fontweight='bold',
            va='center',
        )


def alt(kept: Sequence[Kept]) -> str:
    """Return the figure in words."""
    best = []
    for pair in kept:
        differences = {name: row.difference.mean for name, row in compared(pair).items() if row.difference}
        top = sorted(differences, key=lambda name: -differences[name])[:3]
        words = ', '.join(f'{name} {points(differences[name], signed=True)}' for name in top)
        best.append(f'{pair.pair}: {words}')
    return f'Difference of every method from source-only, with intervals; the largest on {"; on ".join(best)}'
