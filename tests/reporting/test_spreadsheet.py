"""CSV that people open in spreadsheets."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dann.reporting.spreadsheet import csv_lines, csv_table, harmless

BEGINNINGS = '=+-@\t\r\n\uff1d\uff0b\uff0d\uff20'


@pytest.mark.parametrize('name', ["=cmd|' /C calc'!A0", '+1+1', '-a', '@a', '\uff1d1+1', '--1', '+', '-1,5'])
def test_no_text_is_a_formula(name: str) -> None:
    assert harmless(name) == f"'{name}"


@pytest.mark.parametrize('name', ['-1', '+1.5', '-.5e-3', 'a=b', 'x', '', ' =', 'nuit\udce9', '名前'])
def test_numbers_and_other_names_stay(name: str) -> None:
    assert harmless(name) == name


@pytest.mark.parametrize(('name', 'shown'), [('\ta', r'\ta'), ('\r=1', r'\r=1'), ('a\nb\x1b', r'a\nb\x1b')])
def test_a_text_is_one_line(name: str, shown: str) -> None:
    assert harmless(name) == shown


@given(st.lists(st.lists(st.text(st.characters() | st.sampled_from(BEGINNINGS)), min_size=1), min_size=1))
def test_what_is_written_is_read_cell_by_cell(rows: list[list[str]]) -> None:
    found = [*csv.reader(io.StringIO(csv_lines(rows), newline=''))]
    assert found == [[harmless(text) for text in row] for row in rows]
    assert not any(text.startswith(('\t', '\r', '\n', '=', '@')) for row in found for text in row)


def test_mappings_have_their_names_above_them_and_numbers_stay_numbers() -> None:
    assert csv_table([{'=a': -1.5, 'b': '-1.5', 'c': None}]) == "'=a,b,c\n-1.5,-1.5,\n"
    assert csv_table([{'a': 1, 'b': 2}], ('b',)) == 'b\n2\n'
