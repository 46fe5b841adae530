"""An archive of the user's own arrays is a domain, and what is wrong with it is said."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from own_features import write_npy
from own_layouts import (
    archive,
    content,
    rows_below,
)
from photos import CLASSES, write_pair

from dann.core.errors import UserError
from dann.datasets import Arrays
from dann.datasets.base import SPLITS


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_pair(tmp_path / 'photos')


def test_arrays_come_in_three_shapes_and_with_numbers_for_classes(root: Path) -> None:
    plain = content(Arrays(str(archive(root)), 'day', size=12))
    rows = rows_below(root)
    x = np.load(root / 'arrays.npz')['x']
    y = np.array([CLASSES.index(row['label']) for row in rows])
    for changes in ({'x': np.moveaxis(x, 3, 1)}, {'y': y, 'classes': np.array(CLASSES)}):
        made = content(Arrays(str(archive(root, **changes)), 'day', size=12))
        for split in SPLITS:
            assert np.array_equal(made[split][0], plain[split][0])
            assert made[split][1] == plain[split][1]
    numbered = Arrays(str(archive(root, y=y, x=x[..., 0])), 'day', size=12)
    assert numbered.classes == ('0', '1', '2')
    assert content(numbered)['train'][0].shape == (21, 3, 12, 12)
    words = np.array([['train', 'val', 'test'][index % 3] for index in range(len(rows))])
    assert {
        len(labels) for _, labels in content(Arrays(str(archive(root, split=words)), 'day')).values()
    } == {10}


def wrong(root: Path, **changes: Any) -> str:
    with pytest.raises(UserError) as caught:
        Arrays(str(archive(root, **changes)), 'day', size=12).prepare()
    return str(caught.value)


def test_what_is_wrong_with_arrays_is_named(root: Path) -> None:
    assert "has no array 'y' but x, domain" in wrong(root, y=None)
    assert 'is float64 of shape (60, 8, 8, 3); bring it to 0 ... 255' in wrong(
        root, x=np.zeros((60, 8, 8, 3))
    )
    assert 'write features and series as float32 of shape (N, D)' in wrong(root, x=np.zeros((60, 8), int))
    assert '59 samples and 60 labels' in wrong(root, x=np.zeros((59, 8)))
    assert 'in float32; mend it or leave the sample out' in wrong(root, x=np.full((60, 8), 1e39))
    assert 'has shape (60, 8, 8, 7)' in wrong(root, x=np.zeros((60, 8, 8, 7), np.uint8))
    assert '60 labels and 59 domains' in wrong(root, domain=np.array(['day'] * 59))
    assert '59 images and 60 labels' in wrong(root, x=np.zeros((59, 8, 8), np.uint8))
    assert 'holds Python objects' in wrong(root, y=np.array(['bus', None] * 30, dtype=object))
    assert 'y of ' in wrong(root, y=np.full(60, 0.5))
    assert 'expected 0 to 1' in wrong(root, y=np.array([2] * 60), classes=np.array(['a', 'b']))
    assert 'unknown split[0]' in wrong(root, split=np.array(['tset'] * 60))
    (root / 'arrays.npz').write_text('no archive')
    with pytest.raises(UserError, match=r'write it with numpy\.savez'):
        Arrays(str(root / 'arrays.npz'), 'day')


def test_files_beside_each_other_hold_images_too(root: Path, tmp_path: Path) -> None:
    with np.load(archive(root)) as arrays:
        write_npy(tmp_path, dict(arrays))
    made, beside = (
        content(Arrays(str(root / 'arrays.npz'), 'day')),
        content(Arrays(str(tmp_path / 'feats.npy'), 'day')),
    )
    for split in SPLITS:
        assert np.array_equal(made[split][0], beside[split][0])
        assert made[split][1] == beside[split][1]


def test_a_file_that_lies_alone_is_told_what_belongs_beside_it(tmp_path: Path) -> None:
    np.save(tmp_path / 'feats.npy', np.zeros((4, 2)))
    with pytest.raises(
        UserError, match=r'has no feats.domains.npy beside it; its files are feats.labels.npy \(y\)'
    ):
        Arrays(str(tmp_path / 'feats.npy'), 'a')
    (tmp_path / 'feats.domains.npy').write_text('nothing')
    with pytest.raises(UserError, match=r'cannot read domain of .*write it with numpy\.save,'):
        Arrays(str(tmp_path / 'feats.npy'), 'a')


@pytest.mark.parametrize('unknown', [-1.0, np.nan])
def test_labels_that_pandas_made_floats_are_whole_numbers(root: Path, unknown: float) -> None:
    day = np.array([row['domain'] == 'day' for row in rows_below(root)])
    y = np.where(day, np.arange(len(day)) % 3, unknown)
    path = str(archive(root, y=y))
    assert Arrays(path, 'day').classes == ('0', '1', '2')
    assert not Arrays(path, 'night').labelled


def test_labels_that_are_no_classes_and_python_objects_are_refused(root: Path) -> None:
    count = len(rows_below(root))
    with pytest.raises(UserError, match=r'y\[0\] of .* is -2; number classes from 0'):
        Arrays(str(archive(root, y=np.full(count, -2))), 'day')
    with pytest.raises(UserError, match='float64 of shape'):
        Arrays(str(archive(root, y=np.full(count, 0.5))), 'day')
    with pytest.raises(
        UserError, match=r'y of .* holds Python objects; write it as text, y.astype\(str\), or'
    ):
        Arrays(str(archive(root, y=np.array(['a'] * count, object))), 'day')


@pytest.mark.parametrize('suffix', ['.npz', '.npy'])
@pytest.mark.parametrize('shape', [(10**30,), (10**12, 3), (-1, -3)])
def test_a_header_that_says_too_much_is_refused_in_a_line(
    suffix: str, shape: tuple[int, ...], tmp_path: Path
) -> None:
    path = tmp_path / 'a.npy'
    np.save(path, np.zeros(3, np.float32))
    path.write_bytes(path.read_bytes().replace(b'(3,)', str(shape).encode()))
    np.save(tmp_path / 'a.labels.npy', np.zeros(3, int))
    np.save(tmp_path / 'a.domains.npy', np.array(['p'] * 3))
    if suffix == '.npz':
        with zipfile.ZipFile(tmp_path / 'a.npz', 'w') as archive:
            archive.write(path, 'x.npy')
            archive.write(tmp_path / 'a.labels.npy', 'y.npy')
            archive.write(tmp_path / 'a.domains.npy', 'domain.npy')
    domain = Arrays(str(path.with_suffix(suffix)), 'p')
    with pytest.raises(UserError, match=r'cannot read x of .* \(its header says .*write it with numpy.save'):
        domain.images('train')


def test_an_archive_that_unpacks_to_too_much_is_named_with_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / 'a.npz', x=np.zeros((100, 8)), y=np.zeros(100, int), domain=['p'] * 100)
    monkeypatch.setenv('DANN_MAX_UNPACKED', '5000')
    with pytest.raises(
        UserError, match=r'a\.npz unpacks to .* and 5,000 are .*; set DANN_MAX_UNPACKED to more'
    ):
        Arrays(str(tmp_path / 'a.npz'), 'p')
