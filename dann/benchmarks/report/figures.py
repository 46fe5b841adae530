"""Figures of numbers: accuracies with their intervals, and scores over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dann.benchmarks.report.table import Row, Table, mean
from dann.benchmarks.results.guard import SUFFIX
from dann.benchmarks.results.records import Record
from dann.benchmarks.results.selection import REPORTED
from dann.core.families import family_name, in_order
from dann.reporting import palette
from dann.reporting.notation import BASELINE, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW = ('val/source_accuracy', 'val/marginal_entropy', 'val/infomax', 'val/entropy', 'val/mmd')
MANY = 12  # rows, above which curves are drawn for a choice of them

Curve = tuple[list[int], list[float]]


def accuracy_chart(table: Table) -> dict[palette.Format, bytes]:
    """Bars of target test accuracy under the benchmark's rule, with intervals and one dot a seed: PNG and SVG."""
    rows = bar_rows(table)
    colours = palette.family_colours(row.family for row in rows)
    with palette.look():
        figure = palette.new_figure(8.5, 1.3 + (0.42 if len(rows) <= MANY else 0.27) * len(rows))
        axes = figure.subplots()
        for position, row in enumerate(rows):
            _bar(axes, position, row, table, colours[row.family])
        _lines(axes, table)
        axes.set_yticks(range(len(rows)), [row.method for row in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(0, 122)
        axes.set_xticks(range(0, 101, 20))
        axes.spines['left'].set_visible(False)
        axes.tick_params(left=False)
        axes.set_xlabel(f'target test {table.metric} in %, selected by {table.rule}', loc='left')
        _family_legend(axes, rows, colours)
        return palette.encoded(figure, ('png', 'svg'))


def bar_rows(table: Table) -> list[Row]:
    """Return the rows with a result: in the table's order, or where they are many by family, the best first."""
    rows = [row for row in table.rows if table.main(row).accuracy is not None]
    if len(rows) <= MANY:
        return rows
    families = in_order(row.family for row in table.adapted)
    ranked = sorted(
        table.adapted, key=lambda row: (families.index(row.family), -mean(table.main(row).accuracy))
    )
    first = [row for row in rows if row.method == BASELINE]
    return [*first, *ranked, *(row for row in rows if row not in ranked and row not in first)]


def _bar(axes: Axes, position: int, row: Row, table: Table, colour: str) -> None:
    cell = table.main(row)
    height = 100 * mean(cell.accuracy)
    spread = 100 * ((cell.accuracy.half_width if cell.accuracy else None) or 0)
    seeds = [100 * record['scores'][REPORTED] for record in cell.chosen.values()]
    hatch = '///' if row.uses_target_labels else None
    axes.barh(position, height, 0.66, color=colour, alpha=0.75, hatch=hatch, edgecolor='white', linewidth=0)
    if spread:
        axes.errorbar(height, position, xerr=spread, color='#222222', capsize=3, linewidth=1.3)
    axes.scatter(
        seeds, [position] * len(seeds), s=11, color='white', edgecolor='#222222', linewidth=0.7, zorder=3
    )
    right = min(max([height + spread, *seeds]), 100)  # a whisker may go on beyond the axis, its text may not
    axes.text(
        right + 1.5, position, percent(cell.accuracy), va='center', fontsize=9.5, backgroundcolor='white'
    )


def _lines(axes: Axes, table: Table) -> None:
    for row, label, style in ((table.baseline, 'source-only', '--'), (table.ceiling, 'ceiling', ':')):
        if row is not None and table.main(row).accuracy is not None:
            value = 100 * mean(table.main(row).accuracy)
            axes.axvline(value, color='#333333', linestyle=style, linewidth=1.1, zorder=0.5, label=label)


def _family_legend(axes: Axes, rows: Sequence[Row], colours: dict[str, str]) -> None:
    from matplotlib.patches import Patch

    families = dict.fromkeys(row.family for row in rows)
    patches = [Patch(color=colours[family], alpha=0.75, label=family_name(family)) for family in families]
    lines = axes.get_legend_handles_labels()[0]
    axes.legend(
        handles=[*patches, *lines],
        loc='lower left',
        bbox_to_anchor=(0, 1),
        ncols=4 if len(patches) > 8 else 5,
        columnspacing=1.2,
        handlelength=1.4,
        borderaxespad=0.2,
    )


def score_curves(records: Sequence[Record], table: Table) -> bytes:
    """Scores that are no losses against the step, one panel a score, averaged over seeds.

    Of more than a dozen rows only those of ``curve_rows`` are drawn, of the scores those of ``curve_scores``.
    """
    drawn = {row.method for row in curve_rows(table)}
    records = [record for record in records if record['method'] in drawn]
    shown = [REPORTED, *sorted(curve_scores(records, table) - {REPORTED}, key=_panel_order)]
    columns = min(3, len(shown))
    lines = -(-len(shown) // columns)
    with palette.look():
        figure = palette.new_figure(4 * columns, 2.6 * lines + 0.6)
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
        return palette.encode(figure)


def curve_scores(records: Sequence[Record], table: Table) -> set[str]:
    """Return the scores that are drawn.

    All but losses; where many scores can choose a model, only that of the rule and a few well-known ones.
    """
    names = {name for record in records for name in record['scores'] if not name.startswith('loss/')}
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
    for row, (colour, style) in zip(rows, _styles(rows), strict=True):
        steps, values = average_curve((each for each in records if each['method'] == row.method), name)
        width = 2.4 if row.method == BASELINE else 1.6
        if steps or name == REPORTED:
            axes.plot(steps, values, color=colour, linestyle=style, linewidth=width, label=row.method)
    axes.set_title(name)
    axes.grid(visible=True)


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


def average_curve(records: Iterable[Record], name: str) -> Curve:
    """Return steps and the mean over runs of the score ``name`` at each."""
    values: dict[int, list[float]] = defaultdict(list)
    for record in records:
        if np.isfinite(score := record['scores'].get(name, np.nan)):
            values[record['step']].append(score)
    steps = sorted(values)
    return steps, [float(np.mean(values[step])) for step in steps]
