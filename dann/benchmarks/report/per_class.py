"""What adaptation changes class by class, from the confusion matrices that the jobs saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dann.benchmarks.report.table import Table
from dann.benchmarks.results.arrays import load_array
from dann.benchmarks.results.opened import Results
from dann.core.colours import GREEN, VERMILION
from dann.reporting import palette
from dann.reporting.dark import SOFT
from dann.reporting.notation import points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 24  # classes that are drawn: of more those that gained and lost most


@dataclass(frozen=True, slots=True)
class ClassChange:
    """One class.

    Args:
        name: Of the class.
        before: Share of its test images that source-only has right.
        after: The same of the adapted method.
        count: Its test images.
    """

    name: str
    before: float
    after: float
    count: int

    @property
    def change(self) -> float:
        """What adaptation adds, a fraction."""
        return self.after - self.before


def class_changes(results: Results, table: Table, classes: Sequence[str]) -> list[ClassChange]:
    """Return the classes, the one that gained most first; empty where jobs left nothing to compare.

    At the last step, over the seeds that both source-only and the best adapted row have.

    Args:
        results: The opened run folder.
        table: Its table.
        classes: Names in the order of the matrices.
    """
    if table.baseline is None or table.best is None:
        return []
    before, after = (results.by_seed(row.method, 'confusion.npy') for row in (table.baseline, table.best))
    shared = sorted(before.keys() & after.keys())
    if not shared:
        return []
    old, new = (sum(load_array(paths[seed]) for seed in shared) for paths in (before, after))
    found = _changes(np.asarray(old), np.asarray(new), classes, len(shared))
    return sorted(found, key=lambda each: -each.change)


def _changes(
    old: NDArray[np.int64], new: NDArray[np.int64], classes: Sequence[str], seeds: int
) -> list[ClassChange]:
    counts = new.sum(axis=1)
    names = list(classes) if len(classes) == len(new) else [str(index) for index in range(len(new))]
    return [
        ClassChange(
            name,
            float(old[index, index] / max(old[index].sum(), 1)),
            float(new[index, index] / counts[index]),
            round(counts[index] / seeds),
        )
        for index, name in enumerate(names)
        if counts[index]
    ]


def in_words(changes: Sequence[ClassChange], method: str) -> str:
    """Return which classes gained and lost most.

    Args:
        changes: In order, at least one.
        method: The adapted row.
    """
    gained = [each for each in changes if round(each.change, 3) > 0][:3]
    lost = [each for each in reversed(changes) if round(each.change, 3) < 0][:3]
    kept = len(changes) - sum(round(each.change, 3) != 0 for each in changes)
    parts = [
        *([f'gains most on {_named(gained)}'] if gained else ['gains on no class']),
        *([f'loses most on {_named(lost)}'] if lost else ['loses on none']),
        *([f'{kept} of {len(changes)} {"is" if kept == 1 else "are"} as before'] if kept else []),
    ]
    return f'{method} {"; ".join(parts)}.'


def _named(changes: Sequence[ClassChange]) -> str:
    return ', '.join(f'{each.name} ({points(each.change, signed=True)})' for each in changes)


def shown(changes: Sequence[ClassChange]) -> list[ClassChange]:
    """Return the classes that are drawn: all, or as many from either end."""
    if len(changes) <= MOST:
        return list(changes)
    return [*changes[: MOST // 2], *changes[-MOST // 2 :]]


def class_chart(changes: Sequence[ClassChange], method: str) -> palette.Drawn:
    """Accuracy of each class before and after adaptation, joined by a line, on an axis that ends at 100 %."""
    drawn = shown(changes)
    with palette.look():
        figure = palette.new_figure(7.6, 1.1 + 0.27 * len(drawn))
        axes = figure.subplots()
        for place, each in enumerate(drawn):
            _dumbbell(axes, place, each)
        axes.set_yticks(range(len(drawn)), [palette.drawable(each.name) for each in drawn], fontsize=9.5)
        axes.set_ylim(len(drawn) - 0.4, -0.6)
        axes.set_xlim(0, 100)
        axes.grid(visible=True, axis='x')
        axes.set_axisbelow(True)
        axes.tick_params(left=False)
        axes.set_xlabel(
            f'target test images of the class that are right, %: source-only → {palette.drawable(method)}',
            loc='left',
        )
        return palette.encoded(figure)


def _dumbbell(axes: Axes, place: int, each: ClassChange) -> None:
    colour = GREEN if each.change >= 0 else VERMILION
    old, new = 100 * each.before, 100 * each.after
    axes.plot([old, new], [place, place], color=colour, linewidth=2.2, alpha=0.55, zorder=2)
    axes.scatter(old, place, s=30, color='white', edgecolor=SOFT, linewidth=1.4, zorder=3, clip_on=False)
    axes.scatter(new, place, s=30, color=colour, linewidth=0, zorder=4, clip_on=False)
    text, beside = points(each.change, signed=True), axes.get_yaxis_transform()
    axes.text(1.1, place, text, transform=beside, va='center', ha='right', fontsize=9, color=colour)
