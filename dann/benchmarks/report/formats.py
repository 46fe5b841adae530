"""The table as Markdown, CSV, LaTeX and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from typing import Any

from dann.benchmarks.comparison.significance import as_dicts, compare
from dann.benchmarks.report.significance_words import grid, reading
from dann.benchmarks.report.table import Cell, Row, Table
from dann.benchmarks.report.verdicts import MIXED, family_name, headline, notes, sentences, verdict
from dann.benchmarks.results.selection import REPORTED
from dann.reporting.markdown import Grid, pipes
from dann.reporting.notation import ABSENT, CEILING_TAG, percent, points
from dann.stats.intervals import Estimate


def markdown(table: Table) -> str:
    """Return the table, what it says in words, and the same differences under every rule."""
    blocks = [
        f'**{table.title}** ({table.source} → {table.target}), target test {table.metric} in %',
        pipes([heading(table), *(_emphasised(row, table) for row in table.rows)]),
        _bullets(sentences(table)),
        'Difference from source-only in points, under every selection rule:',
        pipes(differences(table)),
        _bullets(notes(table)),
        statistics(table),
    ]
    return '\n\n'.join(block for block in blocks if block) + '\n'


def statistics(table: Table) -> str:
    """Return the tests against source-only as a second table with how to read it; empty without a baseline."""
    found = compare(table)
    if not found:
        return ''
    tested = grid(found)
    blocks = [
        f'**Statistics**: differences from source-only in points, paired by seed, selected by {table.rule}',
        pipes(tested) if tested else '',
        _bullets(reading(found)),
    ]
    return '\n\n'.join(block for block in blocks if block)


def heading(table: Table) -> list[str]:
    """Return the names of the columns of ``line``."""
    columns = ['method', 'family', *table.rules, 'vs source-only', 'verdict', 'gap closed', 'n']
    return columns + (['paper'] if table.published else [])


def line(row: Row, table: Table) -> list[str]:
    """Return ``row`` as text; difference, verdict and gap are under the benchmark's rule."""
    cell = table.main(row)
    name = f'{row.method} ({CEILING_TAG})' if row.uses_target_labels else row.method
    name += MIXED if row.mixed else ''
    compared = cell.difference is not None
    texts = [
        name,
        family_name(row.family) if row.family else ABSENT,
        *(percent(row.cells[rule].accuracy) for rule in table.rules),
        percent(cell.difference, signed=True),
        verdict(cell.difference) if compared else ABSENT,
        ABSENT if cell.gap_closed is None else f'{100 * cell.gap_closed + 0.0:.0f} %',
        seeds(row),
    ]
    paper = ABSENT if row.published is None else points(row.published)
    return texts + ([paper] if table.published else [])


def seeds(row: Row) -> str:
    """Return the number of completed seeds, against the planned number where some are missing."""
    return f'{len(row.seeds)} of {len(row.planned)}' if row.missing else str(len(row.seeds))


def differences(table: Table) -> Grid:
    """Return the difference from source-only under every rule, with its heading."""
    rows = [row for row in table.rows if any(cell.difference for cell in row.cells.values())]
    return [
        ['method', *table.rules],
        *([row.method, *(_bold(row.cells[rule].difference) for rule in table.rules)] for row in rows),
    ]


def csv_text(table: Table) -> str:
    """Return one line a row and rule, with fractions at full precision."""
    lines = [
        {**_facts(row), 'rule': rule, **_numbers(cell)}
        for row in table.rows
        for rule, cell in row.cells.items()
    ]
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(lines[0]), lineterminator='\n')
    writer.writeheader()
    writer.writerows(lines)
    return buffer.getvalue()


def as_dict(table: Table) -> dict[str, Any]:
    """Return the table and what it says, ready for JSON; fractions at full precision."""
    found = compare(table)
    return {
        'title': table.title,
        'source': table.source,
        'target': table.target,
        'select': table.rule,
        'headline': headline(table),
        'rows': [
            {
                **_facts(row),
                'rules': {rule: {**_numbers(cell), 'runs': _runs(cell)} for rule, cell in row.cells.items()},
            }
            for row in table.rows
        ],
        'sentences': sentences(table),
        'notes': [text.replace('*', '') for text in notes(table)],
        'statistics': {'methods': as_dicts(found), 'reading': reading(found)},
    }


def latex(table: Table) -> str:
    r"""Return a ``tabular`` that needs ``\usepackage{booktabs}``."""
    columns = heading(table)
    body = [' & '.join(_escape(text) for text in line(row, table)) + r' \\' for row in table.rows]
    numeric = len(columns) - 2
    return '\n'.join(
        [
            r'% needs \usepackage{booktabs}',
            *(f'% {text.replace("*", "")}' for text in notes(table)),
            rf'\begin{{tabular}}{{ll{"r" * numeric}}}',
            r'\toprule',
            ' & '.join(map(_escape, columns)) + r' \\',
            r'\midrule',
            *body,
            r'\bottomrule',
            r'\end{tabular}',
            '',
        ]
    )


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


def _numbers(cell: Cell) -> dict[str, Any]:
    accuracy, difference = cell.accuracy, cell.difference
    return {
        'n': accuracy.n if accuracy else 0,
        'mean': accuracy.mean if accuracy else None,
        'deviation': accuracy.deviation if accuracy else None,
        'half_width': accuracy.half_width if accuracy else None,
        'difference_n': difference.n if difference else 0,
        'difference': difference.mean if difference else None,
        'difference_half_width': difference.half_width if difference else None,
        'excludes_zero': difference.excludes_zero if difference else None,
        'gap_closed': cell.gap_closed,
    }


def _runs(cell: Cell) -> list[dict[str, Any]]:
    return [
        {'seed': seed, 'step': record['step'], 'accuracy': record['scores'][REPORTED]}
        for seed, record in sorted(cell.chosen.items())
    ]


def _emphasised(row: Row, table: Table) -> list[str]:
    texts, column = line(row, table), heading(table).index('vs source-only')
    texts[column] = _bold(table.main(row).difference)
    return texts


def _bold(difference: Estimate | None) -> str:
    text = percent(difference, signed=True)
    return f'**{text}**' if difference and difference.excludes_zero else text


def json_text(value: Any) -> str:
    """Return a value as the text of a JSON file."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + '\n'


def _bullets(lines: Sequence[str]) -> str:
    return '\n'.join(f'- {text}' for text in lines)


def _escape(text: str) -> str:
    escaped = re.sub(r'([&%$#_{}])', r'\\\1', text)
    number = re.fullmatch(r'[+-]?\d+\.\d( ± \d+\.\d)?', escaped)
    return f'${escaped}$'.replace('±', r'\pm') if number else escaped.replace(ABSENT, '---')
