"""Features are checked in archives, files and tables, and what does not fit is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checks_found import found
from own_features import drawn, rows_of, series, write_csv, write_npy, write_npz

from dann.datasets.checks import check_data
from dann.datasets.checks.report import headline


@pytest.mark.parametrize('write', [write_npz, write_npy, write_csv])
def test_clean_features_have_no_fault(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    check = check_data(write(tmp_path))
    assert found(check) == {}
    assert headline(check) == 'feats: 80 samples of 2 domains; clean'
    assert found(check_data(write_npz(tmp_path, series()))) == {}


def test_what_is_planted_in_arrays_is_found(tmp_path: Path) -> None:
    arrays = drawn(split=np.array(['train', 'train', 'val', 'test'] * 20))
    x = arrays['x']
    x[:40, 3] = 7
    x[4, 1], x[45, 2] = np.nan, np.inf
    x[10] = x[8]  # validation and training
    x[50] = x[9]  # both domains
    arrays['y'][10], arrays['y'][50] = arrays['y'][8], arrays['y'][9]
    check = check_data(write_npz(tmp_path, arrays))
    assert found(check) == {
        'nan': {'x[4]', 'x[45]'},
        'leak-between-splits': {'x[8]', 'x[10]'},
        'leak-between-domains': {'x[9]', 'x[50]'},
        'constant-feature': {'x[:, 3]'},
    }
    details = {case.detail for finding in check.findings for case in finding.cases}
    assert {'1 values, the first at [1]', 'in a'} <= details


def test_a_channel_of_one_value_is_constant_and_one_of_several_is_not(tmp_path: Path) -> None:
    arrays = series()
    arrays['x'][:, 1] = 0.5
    check = check_data(write_npz(tmp_path, arrays))
    assert found(check) == {'constant-feature': {'x[:, 1]'}}
    assert check.status == 0
    arrays['x'][:, 1] = np.linspace(0, 1, 12)  # alike in every sample, but not over time
    assert found(check_data(write_npz(tmp_path, arrays))) == {}


@pytest.mark.parametrize(
    ('changes', 'codes'),
    [
        ({'x': np.zeros((80, 4), int)}, {'wrong-dtype', 'wrong-shape'}),
        ({'x': np.zeros((80, 7, 5, 6))}, {'wrong-dtype', 'wrong-shape'}),
        ({'x': np.zeros(80)}, {'wrong-dtype', 'wrong-shape'}),
        ({'y': np.array(['bus'] * 79)}, {'wrong-shape'}),
    ],
)
def test_arrays_of_other_shapes(tmp_path: Path, changes: dict[str, Any], codes: set[str]) -> None:
    assert codes <= set(found(check_data(write_npz(tmp_path, drawn(**changes)))))


def test_what_is_planted_in_a_table_is_found_by_line_and_column(tmp_path: Path) -> None:
    rows = rows_of(drawn())
    rows[3][1], rows[5][0], rows[7][4] = 'x', 'nan', '1e39'
    rows[9][5] = ''
    check = check_data(write_csv(tmp_path, rows))
    faults = found(check)
    assert faults['not-a-number'] == {'feats.csv:4'}
    assert faults['nan'] == {'feats.csv:6', 'feats.csv:8'}
    assert faults['empty-cell'] == {'feats.csv:10'}
    details = [case.detail for finding in check.findings for case in finding.cases]
    assert {"f1 is 'x'", 'f0 is nan', 'f4 is 1e39'} <= set(details)
    assert len(check.read) == 77


def test_columns_that_are_not_as_they_should_be(tmp_path: Path) -> None:
    rows = rows_of(drawn())
    twice = write_csv(tmp_path, [['f1', 'f1', *rows[0][2:]], *rows[1:]])
    assert found(check_data(twice))['missing-column'] == {'f1'}
    short = write_csv(tmp_path, [rows[0], rows[1][:-1], *rows[2:]])
    assert found(check_data(short))['row-length'] == {'feats.csv:2'}
    words = [
        [*rows[0], 'split'],
        *([*row, 'trian' if number == 4 else ''] for number, row in enumerate(rows[1:])),
    ]
    assert found(check_data(write_csv(tmp_path, words)))['unknown-split'] == {'feats.csv:6'}


def test_two_domains_can_be_asked_for(tmp_path: Path) -> None:
    rows = rows_of(drawn())
    more = write_csv(tmp_path, [*rows, ['x', '1', '1', '1', '1', 'c', 'bus']])
    assert found(check_data(more, source='a', target='b')) == {}
    assert 'not-a-number' in found(check_data(more))
