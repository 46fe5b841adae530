"""Predictions as a table."""

from __future__ import annotations

import csv
import io

import numpy as np

from dann.engine.predictions import table

PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]], np.float32)


def test_one_row_a_sample_with_its_class_and_every_probability() -> None:
    text = table(['a.png', 'b, c.png'], PROBABILITIES, ('red', 'green', 'blue'))
    assert list(csv.reader(io.StringIO(text))) == [
        ['path', 'class', 'confidence', 'red', 'green', 'blue'],
        ['a.png', 'red', '0.700000', '0.700000', '0.200000', '0.100000'],
        ['b, c.png', 'blue', '0.600000', '0.100000', '0.300000', '0.600000'],
    ]


def test_no_class_and_no_file_is_a_formula_or_two_lines() -> None:
    text = table(['=1+1.png'], PROBABILITIES[:1], ('@a', 'b\nc\x1b', '1'))
    assert text.splitlines() == [
        r"path,class,confidence,'@a,b\nc\x1b,1",
        "'=1+1.png,'@a,0.700000,0.700000,0.200000,0.100000",
    ]


def test_a_file_that_is_no_text_has_its_own_bytes() -> None:
    text = table(['na\udcffme.png'], PROBABILITIES[:1], ('a', 'b', 'c'))
    assert b'na\xffme.png,a' in text.encode('utf-8', 'surrogateescape')
