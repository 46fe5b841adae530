"""How the classes and groups fare that a method serves worst: a mean over all hides them."""

from __future__ import annotations

from typing import Any

from dann.benchmarks.report.beside import beside_grid, beside_numbers
from dann.benchmarks.report.table import Cell, Table
from dann.engine.worst_classes import WORST_CLASS, WORST_FIVE
from dann.reporting.markdown import Grid

SCORES = {
    'worst class': WORST_CLASS,
    'worst five classes': WORST_FIVE,
    'worst group': 'oracle/group_worst_accuracy',
}


def worst_columns(table: Table) -> list[str]:
    """Return those of ``SCORES`` that some record has; those of earlier versions have none."""
    cells = [cell for row in table.rows for cell in row.cells.values()]
    return [name for name in SCORES if any(name in cell.worst for cell in cells)]


def worst_grid(table: Table) -> Grid:
    """Return the columns with their differences from source-only, as Markdown, the heading first; or nothing."""
    return beside_grid({row.method: table.main(row).worst for row in table.rows}, worst_columns(table))


def worst_numbers(cell: Cell, table: Table) -> dict[str, Any]:
    """Return the columns of one cell as numbers at full precision; ``None`` where it has none."""
    return beside_numbers(cell.worst, {name: name.replace(' ', '_') for name in worst_columns(table)})
