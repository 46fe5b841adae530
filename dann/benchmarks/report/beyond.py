"""How methods fare on domains that no training saw: whether adaptation to one target helps beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dann.benchmarks.report.beside import beside_grid, beside_numbers
from dann.benchmarks.report.table import Cell, Table
from dann.benchmarks.report.verdicts import verdict
from dann.reporting.markdown import Grid
from dann.reporting.notation import percent
from dann.stats.intervals import Estimate

BEGIN, END = 'oracle/unseen/', '/accuracy'


def unseen_scores(scores: Mapping[str, float]) -> dict[str, str]:
    """Return the unseen domains that a record has a score of, each with the score's name."""
    return {
        name.removeprefix(BEGIN).removesuffix(END): name
        for name in scores
        if name.startswith(BEGIN) and name.endswith(END)
    }


def unseen_columns(table: Table) -> list[str]:
    """Return the unseen domains that some record has a score of, in the order of the records."""
    cells = [cell for row in table.rows for cell in row.cells.values()]
    return list(dict.fromkeys(name for cell in cells for name in cell.unseen))


def unseen_grid(table: Table) -> Grid:
    """Return the columns with their differences from source-only, as Markdown, the heading first; or nothing."""
    return beside_grid({row.method: table.main(row).unseen for row in table.rows}, unseen_columns(table))


def unseen_numbers(cell: Cell, table: Table) -> dict[str, Any]:
    """Return the columns of one cell as numbers at full precision; ``None`` where it has none."""
    return beside_numbers(cell.unseen, {name: f'unseen_{name}' for name in unseen_columns(table)})


def unseen_sentences(table: Table) -> list[str]:
    """Return a sentence for each unseen domain: which adapted rows differ there from source-only, and how."""
    found = []
    for name in unseen_columns(table):
        differences = {row.method: table.main(row).unseen.get(name, (None, None))[1] for row in table.adapted}
        known = {method: each for method, each in differences.items() if each is not None}
        if known:
            count = f'{len(known)} row{"s" * (len(known) > 1)}'
            found.append(f'Beyond the target, on {name}, of {count} against source-only: {_told(known)}.')
    return found


def _told(differences: Mapping[str, Estimate]) -> str:
    if all(each.excludes_zero is None for each in differences.values()):
        return 'one seed, so no interval and no verdict'
    told: dict[str, list[str]] = {'better': [], 'worse': []}
    for method, difference in differences.items():
        if (found := verdict(difference)) in told:
            told[found].append(f'{method} {percent(difference, signed=True)}')
    parts = [f'{kind} {", ".join(rows)} points' for kind, rows in told.items() if rows]
    return f'{"; ".join(parts)} (intervals exclude zero)' if parts else 'no interval excludes zero'
