"""A clean set passes; each planted fault is found by name in the right file, and nothing else is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from checks_found import assert_all, assert_only, found, write
from planted import (
    CLASSES,
    FOLDER,
    TOGETHER,
    Arrays,
    Planted,
    Table,
    clean_arrays,
    clean_folder,
    clean_table,
)
from planted_rows import ARRAYS, ARRAYS_TOGETHER, TABLE, TABLE_TOGETHER

from dann.core.errors import UserError
from dann.datasets.checks import check_data


@pytest.mark.parametrize('split', [True, False])
def test_a_clean_folder_passes(tmp_path: Path, split: bool) -> None:
    check = check_data(clean_folder(tmp_path, split=split))
    assert found(check) == {}
    assert check.status == 0
    assert len(check.read) == 60
    assert [(shift.source, shift.target, shift.distance) for shift in check.shifts] == [('day', 'night', 0)]


def test_a_clean_table_and_clean_arrays_pass(tmp_path: Path) -> None:
    for path in (clean_table(tmp_path).write(), write(tmp_path, clean_arrays())):
        check = check_data(path)
        assert found(check) == {}
        assert (check.status, len(check.read)) == (0, 60)


@pytest.mark.parametrize('plant', FOLDER, ids=lambda plant: plant.__name__)
def test_a_fault_in_a_folder_is_found(tmp_path: Path, plant: Callable[[Path], Planted]) -> None:
    root = clean_folder(tmp_path)
    planted = plant(root)
    assert_only(check_data(root), planted)


@pytest.mark.parametrize('plant', TABLE, ids=lambda plant: plant.__name__)
def test_a_fault_in_a_table_is_found(tmp_path: Path, plant: Callable[[Table], Planted]) -> None:
    table = clean_table(tmp_path)
    planted = plant(table)
    assert_only(check_data(table.write()), planted)


@pytest.mark.parametrize('plant', ARRAYS, ids=lambda plant: plant.__name__)
def test_a_fault_in_arrays_is_found(tmp_path: Path, plant: Callable[[Arrays], Planted]) -> None:
    arrays = clean_arrays()
    planted = plant(arrays)
    assert_only(check_data(write(tmp_path, arrays)), planted)


def test_all_faults_at_once_are_found(tmp_path: Path) -> None:
    root = clean_folder(tmp_path / 'folder')
    files = [plant(root) for plant in TOGETHER]
    assert_all(check_data(root), files)
    table = clean_table(tmp_path)
    lines = [plant(table) for plant in TABLE_TOGETHER]
    assert_all(check_data(table.write()), lines)
    arrays = clean_arrays()
    rows = [plant(arrays) for plant in ARRAYS_TOGETHER]
    assert_all(check_data(write(tmp_path, arrays)), rows)


@pytest.mark.parametrize('split', [True, False])
def test_a_target_without_labels_is_no_fault(tmp_path: Path, split: bool) -> None:
    root = clean_folder(tmp_path, split=split)
    for path in sorted((root / 'night').rglob('*.png')):
        path.rename(path.parents[1] / f'{path.parent.name}-{path.name}')
    for folder in [path for path in (root / 'night').rglob('*') if path.name in CLASSES]:
        folder.rmdir()
    check = check_data(root)
    assert found(check) == {}
    assert check.shifts == []
    assert sum(part[''] for part in check.counts['night'].values()) == 30
    assert found(check_data(root, source='day', target='night')) == {}
    assert found(check_data(root, source='night', target='day')) == {'no-labels': {'night'}}
    shutil.copytree(root / 'day', root / 'dusk')
    several = found(check_data(root, source=['day', 'night'], target='dusk'))
    assert several['no-labels'] == {'night'}


def test_splits_may_be_called_in_other_words(tmp_path: Path) -> None:
    root = clean_folder(tmp_path / 'folder')
    (root / 'day/val').rename(root / 'day/Validation')
    assert found(check_data(root)) == {}
    table = clean_table(tmp_path)
    table.rows = [
        [' Path', 'domain ', 'LABEL', 'Split'],
        *([*row[:3], f'{row[3]}ing'] for row in table.rows[1:]),
    ]
    table.rows = [[cell.replace('valing', ' valid ') for cell in row] for row in table.rows]
    assert found(check_data(table.write())) == {}


@pytest.mark.parametrize(
    ('given', 'words'),
    [
        ({'root': 'gone'}, 'does not exist; correct the path'),
        ({'root': 'notes.txt'}, 'expected a folder, a .csv, an .npz or an .npy'),
        ({'source': 'day', 'target': 'nihgt'}, "unknown domain 'nihgt'; did you mean 'night'?"),
        ({'source': 'day', 'target': 'day'}, "expected different domains, got 'day' twice"),
        ({'source': 'day'}, 'expected both of `--source` and `--target`'),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(tmp_path: Path, given: dict[str, str], words: str) -> None:
    root = clean_folder(tmp_path / 'own')
    (tmp_path / 'notes.txt').write_text('x')
    place = tmp_path / given.pop('root') if 'root' in given else root
    with pytest.raises((UserError, ValueError)) as caught:
        check_data(place, **given)
    assert words in str(caught.value)


@pytest.mark.parametrize('name', ['notes.txt', 'pipe', 'pipe.csv'])
def test_what_is_no_data_is_refused_and_no_pipe_is_waited_for(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.startswith('pipe'):
        os.mkfifo(path)
    else:
        path.write_text('x')
    with pytest.raises(UserError, match=r'expected a folder|cannot read .*no regular file'):
        check_data(path)


def test_an_archive_that_is_a_pipe_is_unreadable(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / 'pipe.npz')
    assert 'unreadable' in found(check_data(tmp_path / 'pipe.npz'))
