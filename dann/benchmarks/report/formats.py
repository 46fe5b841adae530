"""The printed table as Markdown, LaTeX, CSV and JSON.

Markdown and LaTeX are templates.
"""

from __future__ import annotations

from typing import Any

from dann.benchmarks.comparison.significance import as_dicts
from dann.benchmarks.report.beyond import unseen_numbers
from dann.benchmarks.report.rendering import plain, render
from dann.benchmarks.report.sheet import Sheet
from dann.benchmarks.report.table import Cell, Row, Table
from dann.benchmarks.report.worst_served import worst_numbers
from dann.benchmarks.results.selection import REPORTED, SOURCE_TEST
from dann.reporting.notation import CEILING_TAG
from dann.reporting.spreadsheet import csv_table
from dann.stats.intervals import Estimate


def markdown(sheet: Sheet) -> str:
    """Return the table, what it says in words, the differences under every rule, and the tests."""
    return render('table.md', sheet=sheet, table=sheet.table)


def latex(sheet: Sheet) -> str:
    r"""Return a ``tabular`` that needs ``\usepackage{booktabs}``."""
    return render('table.tex', sheet=sheet)


def csv_text(sheet: Sheet) -> str:
    """Return one line for each row and rule, with fractions at full precision."""
    lines = [
        {**_facts(row), 'rule': rule, **_numbers(cell, sheet.table)}
        for row in sheet.table.rows
        for rule, cell in row.cells.items()
    ]
    return csv_table(lines)


def as_dict(sheet: Sheet) -> dict[str, Any]:
    """Return the table and what it says, ready for JSON; fractions at full precision."""
    table = sheet.table
    return {
        'title': table.title,
        'source': table.source,
        'target': table.target,
        'select': table.rule,
        'headline': sheet.headline,
        'rows': [
            {
                **_facts(row),
                'rules': {
                    rule: {**_numbers(cell, table), 'runs': _runs(cell)} for rule, cell in row.cells.items()
                },
            }
            for row in table.rows
        ],
        'sentences': list(sheet.sentences),
        'notes': [plain(text) for text in sheet.notes],
        'statistics': {'methods': as_dicts(table.comparisons), 'reading': list(sheet.reading)},
    }


def _facts(row: Row) -> dict[str, Any]:
    return {
        'method': row.method,
        'family': row.family,
        'uses_target_labels': row.uses_target_labels,
        'note': CEILING_TAG if row.uses_target_labels else '',
        'mixed': '; '.join(row.mixed),
        'planned': len(row.planned),
        'published': row.published,
    }


def _numbers(cell: Cell, table: Table) -> dict[str, Any]:
    found = {**_estimated(cell.accuracy, cell.difference), 'gap_closed': cell.gap_closed}
    if table.tests_source:
        source = _estimated(cell.source_accuracy, cell.source_difference)
        found |= {f'source_{key}': value for key, value in source.items()}
    return found | worst_numbers(cell, table) | unseen_numbers(cell, table)


def _estimated(accuracy: Estimate | None, difference: Estimate | None) -> dict[str, Any]:
    return {
        'n': accuracy.n if accuracy else 0,
        'mean': accuracy.mean if accuracy else None,
        'deviation': accuracy.deviation if accuracy else None,
        'half_width': accuracy.half_width if accuracy else None,
        'difference_n': difference.n if difference else 0,
        'difference': difference.mean if difference else None,
        'difference_half_width': difference.half_width if difference else None,
        'excludes_zero': difference.excludes_zero if difference else None,
    }


def _runs(cell: Cell) -> list[dict[str, Any]]:
    return [
        {'seed': seed, 'step': record['step'], 'accuracy': record['scores'][REPORTED]}
        | ({'source_accuracy': record['scores'][SOURCE_TEST]} if SOURCE_TEST in record['scores'] else {})
        for seed, record in sorted(cell.chosen.items())
    ]
