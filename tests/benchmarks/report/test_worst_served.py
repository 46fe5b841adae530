"""Those that fare worst are shown where records say how they fare, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from benchmarks_fake import records_of

from dann.benchmarks.report.formats import as_dict, csv_text, markdown
from dann.benchmarks.report.sheet import sheet
from dann.benchmarks.report.table import Table
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.report.worst_served import SCORES, worst_columns, worst_grid
from dann.engine.evaluation import PREFIXES
from dann.engine.worst_classes import WORST_CLASS, WORST_FIVE
from dann.stats.grouped import WORST

ROWS = {'source_only': (0.6, 0.62, 0.64), 'dann': (0.7, 0.73, 0.76)}


def table(**worst: Mapping[str, tuple[float, ...]]) -> Table:
    """``worst`` says, by the last word of a score's column, the values of each row by seed."""
    records = records_of(ROWS)
    for record in records:
        for word, rows in worst.items():
            score = next(score for name, score in SCORES.items() if name.endswith(word))
            if record['method'] in rows:
                record['scores'][score] = rows[record['method']][record['seed']]
    return build_table(records, {'select': 'last', 'methods': dict.fromkeys(ROWS)})


FULL = {'source_only': (0.1, 0.2, 0.3), 'dann': (0.3, 0.4, 0.5)}


def test_the_scores_are_those_that_the_evaluator_writes() -> None:
    assert [*SCORES.values()] == [WORST_CLASS, WORST_FIVE, f'{PREFIXES["target"]}/group_{WORST}']


def test_means_and_paired_differences_by_hand() -> None:
    found = table(classes=FULL)
    assert worst_columns(found) == ['worst five classes']
    assert worst_grid(found) == [
        ['method', 'worst five classes', 'vs source-only'],
        ['source_only', '20.0 ± 24.8', '—'],
        ['dann', '40.0 ± 24.8', '**+20.0 ± 0.0**'],
    ]


def test_every_format_has_them() -> None:
    printed = sheet(table(**{'class': FULL, 'group': FULL}))
    assert '| worst class ' in markdown(printed)
    header = csv_text(printed).splitlines()[0].split(',')
    assert {'worst_class', 'worst_class_difference', 'worst_group_half_width'} <= {*header}
    cell = as_dict(printed)['rows'][1]['rules']['last']
    assert cell['worst_group'] == pytest.approx(0.4)
    assert cell['worst_group_difference'] == pytest.approx(0.2)


def test_a_row_without_them_has_no_line_and_an_earlier_table_no_column() -> None:
    assert [line[0] for line in worst_grid(table(group={'dann': FULL['dann']}))] == ['method', 'dann']
    assert worst_grid(table(group={'dann': FULL['dann']}))[1][2] == '—'
    assert worst_grid(table()) == []
    assert 'worst' not in csv_text(sheet(table()))
    assert 'fare worst' not in markdown(sheet(table()))
