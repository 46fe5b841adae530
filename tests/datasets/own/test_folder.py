"""A folder of the user's own images is a domain, and what is wrong with it is said."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from own_layouts import (
    content,
    strip,
)
from photos import CLASSES, write_domain, write_image, write_pair

from dann.core.errors import UserError
from dann.datasets import Folder
from dann.datasets.base import SPLITS
from dann.datasets.storage.decoding import decoded


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_pair(tmp_path / 'photos')


def test_no_labels_anywhere_are_refused(root: Path) -> None:
    strip(root)
    shutil.rmtree(root / 'day')
    with pytest.raises(UserError, match=r'no domain of .* has labels, and the source needs them'):
        Folder(str(root), 'night')


def test_folders_of_splits_are_taken_as_they_are(tmp_path: Path) -> None:
    for split, count in (('train', 12), ('valid', 3), ('Test', 6)):
        write_domain(tmp_path / 'day' / split, count, brightness=count)
    domain = Folder(str(tmp_path), 'day', size=12)
    assert domain.classes == CLASSES
    assert {split: len(labels) for split, (_, labels) in content(domain).items()} == {
        'train': 12,
        'val': 3,
        'test': 6,
    }
    assert all(name.startswith('day/Test/') for name in domain.names('test'))


def test_a_missing_split_is_drawn_from_training(tmp_path: Path) -> None:
    for split, count in (('train', 30), ('test', 6)):
        write_domain(tmp_path / 'day' / split, count, brightness=count)
    made = content(Folder(str(tmp_path), 'day', size=12))
    assert {split: len(labels) for split, (_, labels) in made.items()} == {'train': 27, 'val': 3, 'test': 6}


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    write_domain(tmp_path / 'day', classes=('bus', 'train'))
    assert Folder(str(tmp_path), 'day').classes == ('bus', 'train')


def test_numbers_stand_in_their_order(tmp_path: Path) -> None:
    write_domain(tmp_path / 'day', classes=('10', '9', '2'))
    assert Folder(str(tmp_path), 'day').classes == ('2', '9', '10')


def test_an_image_beside_class_folders_is_named(root: Path) -> None:
    loose = write_image(root / 'day' / 'loose.png')
    with pytest.raises(UserError, match=f'{loose} lies in no class folder'):
        Folder(str(root), 'day').prepare()


def test_folders_of_one_name_are_told_apart_by_their_content(tmp_path: Path) -> None:
    folders = [write_pair(tmp_path / place / 'photos') for place in ('a', 'b')]
    assert Folder(str(folders[0]), 'day').folder == Folder(str(folders[1]), 'day').folder
    for number in range(30):  # of the same number of bytes, with other pixels
        for place, brightness in zip(folders, (60, 61), strict=True):
            write_image(place / 'day' / 'bus' / f'{number}.bmp', number, brightness=brightness)
    assert Folder(str(folders[0]), 'day').folder != Folder(str(folders[1]), 'day').folder


def test_a_folder_without_domains_and_one_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'has no domain; lay images out as ROOT/domain/class/image'):
        Folder(str(tmp_path), 'day')
    with pytest.raises(UserError, match=r'cannot read .*nowhere \(No such file or directory\)'):
        Folder(str(tmp_path / 'nowhere'), 'day')
    (tmp_path / 'day').mkdir()
    write_domain(tmp_path / 'night')
    with pytest.raises(UserError, match='day holds no image'):
        Folder(str(tmp_path), 'day').prepare()


def test_decoded_pixels_are_kept_once_whatever_the_splits(root: Path, tmp_path: Path) -> None:
    domains = [Folder(str(root), 'day', size=8, seed=seed) for seed in (0, 1)]
    for domain in domains:
        domain.prepare()
    assert domains[0].ids('test') != domains[1].ids('test')
    assert len(list((tmp_path / 'cache').glob('*/*.images.npy'))) == 1
    for domain in domains:
        for split in SPLITS:
            for image, name in zip(domain.images(split)[:], domain.names(split), strict=True):
                assert np.array_equal(image.numpy(), decoded(root / name, 8, fit='crop'))
    [pool] = {path.parent for path in (tmp_path / 'cache').glob('*/*.images.npy')}
    assert sorted(path.name for path in pool.iterdir()) == ['all.ids.npy', 'all.images.npy', 'manifest.json']


@pytest.mark.parametrize('keep', ['memory', 'disk', 'files'])
def test_all_images_are_in_one_order_and_each_split_knows_its_own(root: Path, keep: Any) -> None:
    orders = []
    for seed in (0, 1):
        domain = Folder(str(root), 'day', size=8, seed=seed, keep=keep)
        domain.prepare()
        places = []
        for split in SPLITS:
            whole, positions = domain.within(split) or (domain.images(split), torch.zeros(0))
            assert torch.equal(whole[positions], domain.images(split)[:])
            places += positions.tolist()
        assert sorted(places) == list(range(30))
        orders.append(whole[:])
    assert torch.equal(*orders)


def test_proportions_are_kept_unless_asked_otherwise_and_caches_tell_the_two_apart(root: Path) -> None:
    cropped, squashed = Folder(str(root), 'day', size=8), Folder(str(root), 'day', size=8, fit='squash')
    assert cropped.fit == 'crop'
    for domain in (cropped, squashed):
        domain.prepare()
    assert cropped.folder != squashed.folder
    assert cropped.manifest()['options']['fit'] == 'crop'
    assert 'fit' not in squashed.manifest()['options']
    with pytest.raises(ValueError, match='expected `fit` to be one of'):
        Folder(str(root), 'day', fit='stretch')  # type: ignore[arg-type]


def test_manifests_tell_other_pixels_apart(root: Path) -> None:
    one, other = (Folder(str(root), 'day', size=size) for size in (8, 9))
    for domain in (one, other):
        domain.prepare()
    assert one.ids('train') == other.ids('train')
    assert one.manifest()['pool']['all.images.npy'] != other.manifest()['pool']['all.images.npy']


def test_a_published_test_split_is_not_drawn(tmp_path: Path, root: Path) -> None:
    assert Folder(str(root), 'day').drawn
    for split, count in (('train', 30), ('test', 6)):
        write_domain(tmp_path / 'other' / 'day' / split, count, brightness=count)
    assert not Folder(str(tmp_path / 'other'), 'day').drawn


def test_names_in_another_encoding_are_read(tmp_path: Path) -> None:
    """A file, a class and a domain named in Latin-1, as an old archive unpacks them."""
    write_pair(tmp_path / 'photos')
    day = tmp_path / 'photos' / 'day'
    (day / CLASSES[0]).rename(day / 'v\udce9lo')
    for path in (day / 'v\udce9lo').iterdir():
        path.rename(path.with_name(f'caf\udce9-{path.name}'))
    day.rename(day.with_name('jour\udce9'))
    domain = Folder(str(tmp_path / 'photos'), 'jour\udce9', size=12)
    domain.prepare()
    assert 'v\udce9lo' in domain.classes
    assert any('caf\udce9-' in name for name in domain.names('train'))


def test_a_folder_images_that_holds_all_of_a_domain_is_passed_through(tmp_path: Path, root: Path) -> None:
    """As Office-31 lies on disk, with labels and without."""
    plain = Folder(str(root), 'day', size=12)
    for name in ('day', 'night'):
        (root / name).rename(tmp_path / 'images')
        (root / name).mkdir()
        (tmp_path / 'images').rename(root / name / 'images')
    wrapped = Folder(str(root), 'day', size=12)
    assert wrapped.classes == plain.classes
    assert len(wrapped.items) == len(plain.items)
    shutil.rmtree(root / 'night' / 'images')
    write_image(root / 'night' / 'images' / 'a.png')
    assert not Folder(str(root), 'night', size=12).labelled


def test_one_class_folder_of_folders_is_refused(tmp_path: Path, root: Path) -> None:
    (root / 'day').rename(tmp_path / 'all')
    (root / 'day').mkdir()
    (tmp_path / 'all').rename(root / 'day' / 'all')
    with pytest.raises(
        UserError, match=r'day/all is the one class folder of .* and holds the folders .*, move them up'
    ):
        Folder(str(root), 'day')


def test_folders_of_file_servers_are_neither_domains_nor_classes(root: Path) -> None:
    known = len(Folder(str(root), 'day', size=12).items)
    for place in (root, root / 'day', root / 'day' / CLASSES[0]):
        for name in ('@eaDir', '__MACOSX', 'lost+found', '$RECYCLE.BIN'):
            write_image(place / name / 'a.png')
    assert Folder.domains_of(root) == ['day', 'night']
    domain = Folder(str(root), 'day', size=12)
    assert domain.classes == CLASSES
    assert len(domain.items) == known


def test_a_class_may_be_called_like_a_file(root: Path) -> None:
    (root / 'day' / CLASSES[0]).rename(root / 'day' / 'cat.jpg')
    domain = Folder(str(root), 'day', size=12)
    domain.prepare()
    assert 'cat.jpg' in domain.classes
