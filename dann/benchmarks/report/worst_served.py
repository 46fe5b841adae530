"""How the classes and groups fare that a method serves worst: a mean over all hides them."""

from __future__ import annotations

from typing import Any

from dann.benchmarks.report.table import Cell, Row, Table
from dann.engine.worst_classes import WORST_CLASS, WORST_FIVE
from dann.reporting.markdown import Grid
from dann.reporting.notation import ABSENT, VERSUS, percent
from dann.stats.intervals import Estimate

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
    names = worst_columns(table)
    if not names:
        return []
    heading = ['method', *(text for name in names for text in (name, VERSUS))]
    return [
        heading,
        *([row.method, *_texts(table.main(row), names)] for row in table.rows if _has_any(table, row)),
    ]


def _has_any(table: Table, row: Row) -> bool:
    return bool(table.main(row).worst)


def _texts(cell: Cell, names: list[str]) -> list[str]:
    found = []
    for name in names:
        value, difference = cell.worst.get(name, (None, None))
        text = percent(difference, signed=True)
        sure = bool(difference and difference.excludes_zero)
        found += [percent(value), f'**{text}**' if sure else text if difference else ABSENT]
    return found


def worst_numbers(cell: Cell, table: Table) -> dict[str, Any]:
    """Return the columns of one cell as numbers at full precision; ``None`` where it has none."""
    found: dict[str, Any] = {}
    for name in worst_columns(table):
        value, difference = cell.worst.get(name, (None, None))
        key = name.replace(' ', '_')
        found |= _numbers(key, value) | _numbers(f'{key}_difference', difference)
    return found


def _numbers(key: str, value: Estimate | None) -> dict[str, Any]:
    mean, half = (value.mean, value.half_width) if value else (None, None)
    return {key: mean, f'{key}_half_width': half}
