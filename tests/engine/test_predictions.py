"""Predictions as a table."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from dann.engine.predictions import harmless, table

PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]], np.float32)


def test_one_row_a_sample_with_its_class_and_every_probability() -> None:
    text = table(['a.png', 'b, c.png'], PROBABILITIES, ('red', 'green', 'blue'))
    assert list(csv.reader(io.StringIO(text))) == [
        ['path', 'class', 'confidence', 'red', 'green', 'blue'],
        ['a.png', 'red', '0.700000', '0.700000', '0.200000', '0.100000'],
        ['b, c.png', 'blue', '0.600000', '0.100000', '0.300000', '0.600000'],
    ]


@pytest.mark.parametrize('name', ['=1+1', '+1', '-1', '@a', '\ta', '\ra'])
def test_no_name_is_a_formula(name: str) -> None:
    shown = "'" + name.replace('\r', '\\r')
    assert harmless(name) == shown
    rows = list(csv.reader(io.StringIO(table([name], PROBABILITIES[:1], (name, 'b', 'c')), newline='')))
    assert [rows[0][3], rows[1][0], rows[1][1]] == [shown] * 3


def test_other_names_stay() -> None:
    assert [harmless(name) for name in ('a=b', 'x', '', ' =')] == ['a=b', 'x', '', ' =']
