"""The figure of accuracies: a bar a method, with its interval and its seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dann.benchmarks.report.table import Row, Table, mean
from dann.benchmarks.results.selection import REPORTED
from dann.core.families import family_name, in_order
from dann.core.shown import shown
from dann.reporting import palette
from dann.reporting.dark import INK
from dann.reporting.notation import BASELINE, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MANY = 12  # rows, above which they are sorted by family


def accuracy_chart(table: Table) -> palette.Drawn:
    """Bars of target test accuracy under the benchmark's rule, with intervals and one dot a seed."""
    rows = bar_rows(table)
    colours = palette.family_colours(row.family for row in rows)
    with palette.look():
        figure = palette.new_figure(7.6, 1.3 + (0.42 if len(rows) <= MANY else 0.27) * len(rows))
        axes = figure.subplots()
        for position, row in enumerate(rows):
            _bar(axes, position, row, table, colours[row.family])
        _lines(axes, table)
        axes.set_yticks(range(len(rows)), [palette.drawable(row.method) for row in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(0, 100)
        axes.set_xticks(range(0, 101, 20))
        axes.grid(visible=True, axis='x')
        axes.set_axisbelow(True)
        axes.spines['left'].set_visible(False)
        axes.tick_params(left=False)
        axes.set_xlabel(shown(f'target test {table.metric} in %, selected by {table.rule}'), loc='left')
        _family_legend(axes, rows, colours)
        return palette.encoded(figure)


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
        axes.errorbar(height, position, xerr=spread, color=INK, capsize=3, linewidth=1.3)
    axes.scatter(
        seeds,
        [position] * len(seeds),
        s=11,
        color='white',
        edgecolor=INK,
        linewidth=0.7,
        zorder=3,
        clip_on=False,
    )
    beside = axes.get_yaxis_transform()
    axes.text(1.13, position, percent(cell.accuracy), transform=beside, va='center', ha='right', fontsize=9.5)


def _lines(axes: Axes, table: Table) -> None:
    for row, label, style in ((table.baseline, 'source-only', '--'), (table.ceiling, 'ceiling', ':')):
        if row is not None and table.main(row).accuracy is not None:
            value = 100 * mean(table.main(row).accuracy)
            axes.axvline(value, color='#333333', linestyle=style, linewidth=1.1, zorder=0.5, label=label)


def _family_legend(axes: Axes, rows: Sequence[Row], colours: dict[str, str]) -> None:
    from matplotlib.patches import Patch

    families = dict.fromkeys(row.family for row in rows)
    patches = [
        Patch(color=colours[family], alpha=0.75, label=palette.drawable(family_name(family)))
        for family in families
    ]
    lines = axes.get_legend_handles_labels()[0]
    axes.legend(
        handles=[*patches, *lines],
        loc='lower left',
        bbox_to_anchor=(0, 1),
        ncols=4,
        columnspacing=1.2,
        handlelength=1.4,
        borderaxespad=0.2,
    )
