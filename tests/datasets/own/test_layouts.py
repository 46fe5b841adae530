"""Which class reads what, and whether it holds features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from own_features import drawn, series, write_csv, write_npy, write_npz

from dann.datasets import Arrays, FeatureTable, Folder, Table
from dann.datasets.own.layouts import class_for, holds_features


def test_the_path_and_the_columns_tell(tmp_path: Path) -> None:
    images = tmp_path / 'images.csv'
    images.write_text('path,domain,label\na.png,a,x\n')
    kinds = [
        class_for(path)
        for path in (tmp_path, images, write_csv(tmp_path), write_npz(tmp_path), write_npy(tmp_path))
    ]
    assert kinds == [
        (Folder, 'root'),
        (Table, 'path'),
        (FeatureTable, 'path'),
        (Arrays, 'path'),
        (Arrays, 'path'),
    ]


@pytest.mark.parametrize('write', [write_npz, write_npy])
def test_float_arrays_of_two_and_three_axes_are_features(tmp_path: Path, write: object) -> None:
    assert callable(write)
    for arrays in (drawn(), series(), drawn(x=drawn()['x'].astype(np.float64))):
        assert holds_features(write(tmp_path, arrays))
    for x in (np.zeros((80, 8, 8), np.uint8), np.zeros((80, 8, 8, 3)), np.zeros((80, 4), int)):
        assert not holds_features(write(tmp_path, drawn(x=x)))


def test_tables_and_what_cannot_be_read(tmp_path: Path) -> None:
    assert holds_features(write_csv(tmp_path))
    assert not holds_features(tmp_path)
    (tmp_path / 'broken.npz').write_text('no archive')
    assert not holds_features(tmp_path / 'broken.npz')
