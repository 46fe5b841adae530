"""What holds for features in an archive, in files beside each other and in a table alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from own_features import CLASSES, WIDTH, drawn, rows_of, series, write_csv, write_npy, write_npz

from dann.core.errors import CheckError, UserError
from dann.datasets import Arrays, Augment, DomainPair, FeatureTable
from dann.datasets.base import SPLITS
from dann.datasets.own.rows import Rows, not_finite

Open = Callable[[str], Rows]
Write = Callable[[Path, dict[str, Any]], Open]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))


def as_npz(folder: Path, arrays: dict[str, Any]) -> Open:
    return lambda domain, path=write_npz(folder, arrays): Arrays(str(path), domain)  # type: ignore[misc]


def as_npy(folder: Path, arrays: dict[str, Any]) -> Open:
    return lambda domain, path=write_npy(folder, arrays): Arrays(str(path), domain)  # type: ignore[misc]


def as_csv(folder: Path, arrays: dict[str, Any]) -> Open:
    rows = rows_of(arrays)
    if 'split' in arrays:
        rows = [[*row, word] for row, word in zip(rows, ['split', *arrays['split']], strict=True)]
    return lambda domain, path=write_csv(folder, rows): FeatureTable(str(path), domain)  # type: ignore[misc]


every = pytest.mark.parametrize('write', [as_npz, as_npy, as_csv])


@every
def test_the_three_layouts_hold_the_same_features_and_labels(tmp_path: Path, write: Write) -> None:
    arrays = drawn()
    domain = write(tmp_path, arrays)('b')
    assert domain.image_shape == (WIDTH,)
    assert domain.classes == CLASSES
    assert domain.name == 'feats/b'
    expected = {
        x.tobytes(): str(y)
        for x, y, where in zip(arrays['x'], arrays['y'], arrays['domain'], strict=True)
        if where == 'b'
    }
    found: dict[bytes, str] = {}
    for split, size in zip(SPLITS, (28, 4, 8), strict=True):
        features = domain.images(split)
        assert features.shape == (size, WIDTH)
        assert features.dtype == torch.float32
        found |= {
            x.numpy().tobytes(): CLASSES[y] for x, y in zip(features, domain.labels(split), strict=True)
        }
    assert found == expected


@every
def test_splits_are_as_written(tmp_path: Path, write: Write) -> None:
    words = np.array([['train', 'val', 'test', 'train'][index % 4] for index in range(80)])
    domain = write(tmp_path, drawn(split=words))('a')
    assert [len(domain.ids(split)) for split in SPLITS] == [20, 10, 10]
    arrays = drawn()
    assert torch.equal(domain.images('val'), torch.from_numpy(arrays['x'][:40][words[:40] == 'val']))


@every
def test_a_domain_without_labels_has_the_classes_of_the_other(tmp_path: Path, write: Write) -> None:
    labels = np.where(drawn()['domain'] == 'b', '', drawn()['y'])
    opened = write(tmp_path, drawn(y=labels))
    blind = opened('b')
    assert blind.classes == CLASSES == opened('a').classes
    assert not blind.labelled
    assert len(blind.images('train')) == 28
    with pytest.raises(UserError, match='feats/b has no labels'):
        blind.labels('train')


@every
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, write: Write) -> None:
    some = drawn()['y'].copy()
    some[43] = ''
    with pytest.raises(
        UserError, match=r'(y\[43\] of|label in line 45 of) .* is no label and others of b are'
    ):
        write(tmp_path, drawn(y=some))('b').prepare()
    words = np.array([''] * 42 + ['trian'] + [''] * 37)
    with pytest.raises(
        UserError, match=r"unknown split(\[42\]| in line 44) of .* 'trian'; did you mean 'train'"
    ):
        write(tmp_path, drawn(split=words))('b').prepare()
    with pytest.raises(UserError, match=r"unknown domain of .* 'c'"):
        write(tmp_path, drawn())('c')
    for value, text in ((np.nan, 'nan'), (np.inf, 'inf')):
        x = drawn()['x']
        x[41, 3] = value
        opened = write(tmp_path, drawn(x=x))
        with pytest.raises(
            UserError, match=rf'(x\[41, 3\] of .* is {text}|line 43 .* is \'{text}\').*dann data check'
        ):
            opened('b').prepare()
        opened('a').prepare()  # which has none


@every
def test_a_pair_of_them_gives_features_as_they_are(tmp_path: Path, write: Write) -> None:
    opened = write(tmp_path, drawn())
    pair = DomainPair(opened('a'), opened('b'), batch_size=8)
    pair.prepare_data()
    pair.setup()
    assert pair.image_shape == (WIDTH,)
    batch = next(iter(pair.train_dataloader()))
    known = {row.tobytes() for row in drawn()['x'][:40]}
    assert {row.numpy().tobytes() for row in batch['source'][0]} <= known
    assert not {row.numpy().tobytes() for row in batch['target']} & known
    assert torch.equal(torch.cat(list(pair.training_chunks('source'))), opened('a').images('train'))


def test_series_are_a_domain(tmp_path: Path) -> None:
    domain = Arrays(str(write_npz(tmp_path, series())), 'a')
    assert domain.image_shape == (2, 12)
    assert domain.images('train').shape == (28, 2, 12)


def test_features_are_not_augmented_and_both_domains_have_the_same(tmp_path: Path) -> None:
    path = write_npz(tmp_path)
    domains = Arrays(str(path), 'a'), Arrays(str(path), 'b')
    for augment in (Augment(2), Augment(flip=True), Augment(crop=3)):
        with pytest.raises(CheckError, match='`augment` changes images, and samples of feats/a have shape'):
            _ = DomainPair(*domains, augment=augment).image_shape
    (tmp_path / 'wide').mkdir()
    wide = write_npz(tmp_path / 'wide', drawn(x=np.hstack([drawn()['x'], drawn()['x']])))
    (tmp_path / 'named').mkdir()
    rows = rows_of(drawn())
    swapped = write_csv(tmp_path / 'named', [['f1', 'f0', *rows[0][2:]], *rows[1:]])
    for source, target, words in (
        (
            domains[0],
            Arrays(str(wide), 'b'),
            r'shape \(5,\) and those of feats/b \(10,\); give both the same',
        ),
        (
            FeatureTable(str(write_csv(tmp_path)), 'a'),
            FeatureTable(str(swapped), 'b'),
            "has the feature 'f0' where feats/b has 'f1'; put the columns",
        ),
    ):
        pair = DomainPair(source, target, batch_size=8)
        pair.prepare_data()
        with pytest.raises(UserError, match=words):
            pair.setup()


def test_the_first_value_that_is_not_finite_is_found() -> None:
    values = np.zeros((3, 4))
    assert not_finite(values) is None
    values[2, 1], values[1, 3] = np.nan, -np.inf
    assert not_finite(values) == (1, 3)
