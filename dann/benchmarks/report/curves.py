"""The figure of scores over time: a panel a score, a line a method, a band for the interval over seeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from dann.benchmarks.report.figures import MANY
from dann.benchmarks.report.table import Row, Table, mean
from dann.benchmarks.results.guard import SUFFIX
from dann.benchmarks.results.records import Record
from dann.benchmarks.results.selection import REPORTED
from dann.core.families import in_order
from dann.reporting import palette
from dann.reporting.notation import BASELINE
from dann.stats.intervals import Estimate, estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW = ('val/source_accuracy', 'val/marginal_entropy', 'val/infomax', 'val/entropy', 'val/mmd')

Curve = dict[int, Estimate]


def score_curves(records: Sequence[Record], table: Table) -> palette.Drawn:
    """Scores that are no losses against the step, one panel a score: means over seeds and their intervals.

    Of more than a dozen rows only those of ``curve_rows`` are drawn, of the scores those of ``curve_scores``.
    """
    drawn = {row.method for row in curve_rows(table)}
    records = [record for record in records if record['method'] in drawn]
    shown = [REPORTED, *sorted(curve_scores(records, table) - {REPORTED}, key=_panel_order)]
    columns = min(3, len(shown))
    lines = -(-len(shown) // columns)
    with palette.look():
        figure = palette.new_figure(3.4 * columns, 2.1 * lines + 0.6)
        grid = figure.subplots(lines, columns, squeeze=False, sharex=True).ravel()
        for axes, name in zip(grid, shown, strict=False):
            _panel(axes, name, records, table)
        for axes in grid[len(shown) :]:
            axes.set_visible(False)
        for axes in grid[max(len(shown) - columns, 0) : len(shown)]:
            axes.set_xlabel('step')
            axes.tick_params(labelbottom=True)
        figure.legend(
            *grid[0].get_legend_handles_labels(), loc='outside lower center', ncols=5, handlelength=3
        )
        return palette.encoded(figure)


def curve_scores(records: Sequence[Record], table: Table) -> set[str]:
    """Return the scores that are drawn.

    All but losses; where many scores can choose a model, only that of the rule and a few well-known ones.
    """
    measured = {name for record in records for name, score in record['scores'].items() if np.isfinite(score)}
    names = {name for name in measured if not name.startswith('loss/')}
    choosing = {name for name in names if name.startswith('val/')}
    few = {*FEW, table.rule.removesuffix(SUFFIX)} if len(choosing) > len(FEW) + 1 else choosing
    return (names - choosing) | (choosing & few)


def curve_rows(table: Table) -> tuple[Row, ...]:
    """Return the rows whose curves are drawn: all, or the baseline, the ceiling and the best of each family."""
    if len(table.rows) <= MANY:
        return table.rows
    best: dict[str, Row] = {}
    for row in table.adapted:
        other = best.get(row.family)
        if other is None or mean(table.main(row).accuracy) > mean(table.main(other).accuracy):
            best[row.family] = row
    kept = [table.baseline, *(best[family] for family in in_order(best)), table.ceiling]
    return tuple(row for row in kept if row is not None)


def _panel_order(name: str) -> tuple[int, str]:
    rooms = ('oracle/', 'val/', 'diagnostic/')
    return next((i for i, room in enumerate(rooms) if name.startswith(room)), len(rooms)), name


def _panel(axes: Axes, name: str, records: Sequence[Record], table: Table) -> None:
    rows = curve_rows(table)
    scale = 100 if 'accuracy' in name else 1
    drawn: list[float] = []
    spread: list[float] = []
    for row, (colour, style) in zip(rows, _styles(rows), strict=True):
        found = curve((each for each in records if each['method'] == row.method), name)
        means = [scale * each.mean for each in found.values()]
        width = 2.4 if row.method == BASELINE else 1.6
        if found or name == REPORTED:
            label = palette.drawable(row.method)
            axes.plot(list(found), means, color=colour, linestyle=style, linewidth=width, label=label)
            _band(axes, found, scale, colour)
        drawn += means
        spread += [scale * each.half_width for each in found.values() if each.half_width]
    axes.set_title(palette.drawable(f'{name}, %' if scale == 100 else name), fontsize=9)
    axes.grid(visible=True)
    if drawn:
        axes.set_ylim(limits(drawn, spread, most=100 if scale == 100 else None))


def _band(axes: Axes, found: Curve, scale: int, colour: str) -> None:
    spread = {step: each for step, each in found.items() if each.half_width is not None}
    low, high = (
        [scale * (each.mean + sign * (each.half_width or 0)) for each in spread.values()] for sign in (-1, 1)
    )
    axes.fill_between(list(spread), low, high, color=colour, alpha=0.13, linewidth=0)


def limits(means: Sequence[float], spread: Sequence[float], most: float | None) -> tuple[float, float]:
    """Return the range of a panel: of its lines and of most bands; those of two seeds would hide the rest.

    Args:
        means: What the lines show.
        spread: Half the height of each band.
        most: Where the score ends, which the axis does not exceed.
    """
    low, high = min(means), max(means)
    span = high - low
    room = max(0.15 * span, min(median(spread), span) if spread else 0) or 0.05 * abs(high) or 0.1
    return low - room, high + room if most is None else min(high + room, most)


def _styles(rows: Sequence[Row]) -> list[tuple[str, str]]:
    colours = palette.family_colours(row.family for row in rows)
    seen: dict[str, int] = defaultdict(int)
    styles: list[tuple[str, str]] = []
    crowded = len({row.family for row in rows}) > 8  # hues alone do not keep so many apart
    for row in rows:
        turn = seen[row.family] + (len(styles) if crowded else 0)
        style = palette.LINE_STYLES[turn % len(palette.LINE_STYLES)]
        styles.append((colours[row.family], style))
        seen[row.family] += 1
    return styles


def curve(records: Iterable[Record], name: str) -> Curve:
    """Return the score ``name`` by step, with its interval over runs."""
    values: dict[int, list[float]] = defaultdict(list)
    for record in records:
        if np.isfinite(score := record['scores'].get(name, np.nan)):
            values[record['step']].append(score)
    return {step: estimate(values[step]) for step in sorted(values)}
