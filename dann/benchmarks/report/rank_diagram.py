"""The critical-difference diagram: mean ranks on an axis, bars joining methods that are not told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from dann.benchmarks.comparison.across import Across, Ranked
from dann.benchmarks.report.across_words import labelled
from dann.core.errors import check
from dann.reporting import palette
from dann.reporting.dark import INK, SOFT
from dann.reporting.notation import BASELINE
from dann.stats.ranks import not_told_apart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BAR, LINE = 0.32, 0.62  # heights of a bar's row and of a name's row, in rows
MOST_BARS = 8
SPACE = '\N{NO-BREAK SPACE}' * 2  # which an SVG keeps, at either end too


def rank_diagram(across: Across) -> palette.Drawn:
    """Return the diagram of Demšar in every format: the best mean rank on the left, names on either side.

    Of more than a dozen methods only some are named; the others are grey marks on the axis, and bars that hold no
    named method are left out.

    Args:
        across: At least three methods.

    Raises:
        ValueError: There is no critical difference.

    Reference:
        Demšar, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 2006, figure 1.
    """
    check(across.critical_difference is not None, 'expected at least three methods, got two')
    named, bars = labelled(across), shown_bars(across)
    left, right = named[: math.ceil(len(named) / 2)], named[math.ceil(len(named) / 2) :]
    depth = 0.5 + BAR * len(bars)
    with palette.look():
        figure = palette.new_figure(9.5, 0.9 + 0.3 * (depth + LINE * len(left)) / LINE)
        axes = figure.subplots()
        _axis(axes, across)
        _difference(axes, across)
        for level, (first, last) in enumerate(bars):
            y = 0.5 + BAR * level
            axes.plot([first, last], [y, y], color=INK, linewidth=3.2, solid_capstyle='butt', zorder=3)
        _names(axes, across, left, depth, 'left')
        _names(axes, across, right, depth, 'right')
        axes.set_ylim(depth + LINE * (len(left) - 0.6), -2.0)
        return palette.encoded(figure)


def shown_bars(across: Across) -> list[tuple[float, float]]:
    """Return first and last mean rank of each group that is not told apart and holds a named method.

    One bar over all methods where Friedman's test shows no difference; of very many groups the first.
    """
    ranks = across.ranks
    if not across.differ:
        return [(min(ranks.values()), max(ranks.values()))]
    names = {row.method for row in labelled(across)}
    groups = [
        group for group in not_told_apart(ranks, across.critical_difference or 0.0) if names & set(group)
    ]
    return [(ranks[group[0]], ranks[group[-1]]) for group in groups[:MOST_BARS]]


def _axis(axes: Axes, across: Across) -> None:
    """Draw ranks from 1 to the number of methods, with a mark where each method lies."""
    count = len(across.rows)
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200) if count / step <= 15)
    ticks = [1, *range(step, count + 1, step)] if step > 1 else range(1, count + 1)
    axes.plot([1, count], [0, 0], color=INK, linewidth=1.2)
    for tick in ticks:
        axes.plot([tick, tick], [0, -0.18], color=INK, linewidth=1)
        axes.text(tick, -0.28, str(tick), ha='center', va='bottom', fontsize=9.5)
    marks = [row.rank for row in across.rows]
    axes.plot(marks, [0] * count, '|', color='#888888', markersize=9, markeredgewidth=1)
    right = count + 0.03 * (count - 1)
    axes.text(right, -0.28, 'mean rank, 1 is best', ha='left', va='bottom', fontsize=9.5, color=SOFT)
    margin = 0.36 * (count - 1)
    axes.set_xlim(1 - margin, count + margin)
    axes.set_axis_off()


def _difference(axes: Axes, across: Across) -> None:
    """Draw the critical difference as a ruler above the axis, from 1 on."""
    width, count = across.critical_difference or 0.0, len(across.rows)
    end = min(1 + width, count)
    axes.plot([1, end], [-1.35, -1.35], color=INK, linewidth=1.6)
    for x in (1, end) if end == 1 + width else (1,):
        axes.plot([x, x], [-1.5, -1.2], color=INK, linewidth=1.6)
    longer = '' if end == 1 + width else ', longer than the axis'
    unread = '' if across.differ else ": Friedman's test shows no difference, so none is told apart"
    axes.text(
        1, -1.6, f'critical difference {width:.2f}{longer}{unread}', ha='left', va='bottom', fontsize=9.5
    )


def _names(
    axes: Axes, across: Across, rows: Sequence[Ranked], depth: float, side: Literal['left', 'right']
) -> None:
    """Write names with mean ranks at one edge, each joined to its place on the axis without crossing lines."""
    count = len(across.rows)
    colours = palette.family_colours(row.family for row in rows)
    edge = 1 - 0.04 * (count - 1) if side == 'left' else count + 0.04 * (count - 1)
    lines = rows if side == 'left' else rows[::-1]
    for line, row in enumerate(lines):
        y = depth + LINE * line
        axes.plot([row.rank, row.rank, edge], [0, y, y], color=colours[row.family], linewidth=1.1, zorder=2)
        axes.plot([row.rank], [0], 'o', color=colours[row.family], markersize=4.5, zorder=4)
        name, rank = palette.drawable(row.method), f'{row.rank:.2f}'
        words = [name, rank, ''] if side == 'left' else ['', rank, name]
        axes.text(
            edge,
            y,
            SPACE.join(words),
            ha='right' if side == 'left' else 'left',
            va='center',
            fontsize=10,
            fontweight='bold' if row.method == BASELINE else 'normal',
        )
