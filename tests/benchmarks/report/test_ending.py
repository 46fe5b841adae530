"""A benchmark ends with the result, a table of 80 columns, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from benchmarks_fake import table_of

from dann.benchmarks.report.ending import WIDTH, ending, narrow, what_helped, with_seeds
from dann.benchmarks.report.table import Table

ASKED: dict[str, Any] = {'title': 'Day to night', 'source': 'a', 'target': 'b', 'seeds': [0, 1, 2]}


@pytest.fixture(scope='module')
def table() -> Table:
    return table_of(None, 'val/infomax', **ASKED)


def test_one_sentence_says_what_helped(table: Table) -> None:
    said = what_helped(table)
    assert said.startswith('4 of 7 methods are better than source-only, which reaches 61.0')
    assert 'fda+dann most: +22.0 ± 2.5 points' in said
    assert said.endswith('; worse: cdan, reinhard.')


def test_without_source_only_nothing_is_compared() -> None:
    assert 'nothing can be compared' in what_helped(table_of({'dann': [0.5, 0.6, 0.7]}, **ASKED))


def test_the_table_fits_80_columns_and_marks_what_is_certain(table: Table) -> None:
    lines = narrow(table)
    assert all(len(line) <= 80 for line in lines)
    assert lines[0].split() == ['method', 'target', '%', 'vs', 'source-only', 'source', 'kept', 'seeds']
    rows = {line.split()[0]: line for line in lines[1:-1]}
    assert '+17.0 ± 4.3*' in rows['dann']
    assert '+3.0 ± 6.6 ' in rows['coral']
    assert '*' not in rows['coral']


def test_where_the_report_is_and_how_to_go_on(table: Table) -> None:
    text = ending(table, Path('runs/x'), 'dann benchmark x --seeds 3 --workers 1')
    assert 'runs/x/report.html (open it in a browser' in text
    assert '\ntarget: test accuracy in %' in text
    assert text.endswith('More seeds: dann benchmark x --workers 1 --seeds 6')
    assert all(len(line) <= WIDTH for line in text.splitlines()[:3])


def test_a_row_of_any_name_is_a_word_of_the_command_that_is_to_be_copied() -> None:
    table = table_of({'source_only': [0.5, 0.6], 'x; rm -r ~\n': [0.8, 0.9]}, **ASKED)
    text = ending(table, Path('runs/x'), 'dann benchmark x')
    assert r"--method 'x; rm -r ~\n'" in text
    assert r'x; rm -r ~\n  85.0' in text


def test_seeds_are_replaced_not_repeated() -> None:
    assert with_seeds('dann benchmark x --seeds=3', 6) == 'dann benchmark x --seeds 6'
    assert with_seeds('dann benchmark x', 12) == 'dann benchmark x --seeds 12'
