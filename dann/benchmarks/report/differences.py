"""The figures of differences from source-only: what each method adds on the target, and what it costs on the source."""

from __future__ import annotations

from collections.abc import Callable

from dann.benchmarks.report.figures import MANY
from dann.benchmarks.report.table import Cell, Table
from dann.reporting import palette
from dann.reporting.forest import Named, Panel, by_family, single_forest
from dann.stats.intervals import Estimate

Chosen = Callable[[Cell], Estimate | None]


def target_chart(table: Table) -> palette.Drawn | None:
    """Intervals of the difference on the target's test split; ``None`` where nothing can be compared."""
    return _chart(table, lambda cell: cell.difference, f'target test {table.metric}')


def source_chart(table: Table) -> palette.Drawn | None:
    """Intervals of the difference on the source's test split, below 0 where the source is forgotten; or ``None``."""
    return _chart(table, lambda cell: cell.source_difference, f'source test {table.metric}')


def compared(table: Table, chosen: Chosen) -> Panel:
    """Return the differences of the adapted rows: target labels answer another question and are left out."""
    found = {row.method: chosen(table.main(row)) for row in table.adapted}
    return Panel('', {name: each for name, each in found.items() if each is not None})


def in_rows(panel: Panel, table: Table) -> list[Named]:
    """Return family and name from top to bottom: the largest difference first, of many rows family by family."""
    families = {row.method: row.family for row in table.adapted}
    rows = by_family([panel], families)
    if len(rows) > MANY:
        return rows
    return sorted(rows, key=lambda row: -panel.differences[row[1]].mean)


def _chart(table: Table, chosen: Chosen, what: str) -> palette.Drawn | None:
    panel = compared(table, chosen)
    if not panel.differences:
        return None
    rows = in_rows(panel, table)
    label = f'points of {what} against source-only'
    with palette.look():
        return palette.encoded(single_forest(panel, rows, label, apart=len(rows) > MANY))
