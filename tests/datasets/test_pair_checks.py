"""A pair that shares an image, or a domain that has one in two splits, is refused by its names."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from photos import Photos, write_pair
from toy import Toy

from dann.core.errors import UserError
from dann.datasets import DomainPair
from dann.datasets.augment import Augment
from dann.datasets.pair_checks import validate_features, validate_mismatch, validate_sizes, validate_small
from dann.datasets.storage.file_domain import Item
from dann.datasets.storage.stored_domain import Samples


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_pair(tmp_path / 'photos')


def pair(root: Path, **options: Any) -> DomainPair:
    data = DomainPair(Photos(root, 'day'), Photos(root, 'night'), **{'batch_size': 6, **options})
    data.prepare_data()
    data.setup()
    return data


def test_an_image_in_both_domains_is_refused_by_its_names(root: Path) -> None:
    shutil.copy(root / 'day' / 'bus' / '000.png', root / 'night' / 'bus' / 'mine.png')
    with pytest.raises(UserError, match=r'sample day/bus/000.png is in photos/day .* as night/bus/mine.png'):
        pair(root)


class Published(Photos):
    """Says for images with an odd number that they are for the test."""

    def listing(self) -> list[Item]:
        return [
            Item(item.path, item.label, 'test' if item.path.stem[-1] in '13579' else 'train')
            for item in super().listing()
        ]


def test_an_image_in_two_published_splits_is_refused_by_name(root: Path) -> None:
    shutil.copy(root / 'day' / 'bus' / '000.png', root / 'day' / 'bus' / '001.png')
    data = DomainPair(Published(root, 'day'), Photos(root, 'night'), batch_size=6)
    data.prepare_data()
    with pytest.raises(
        UserError, match=r'day/bus/00[01]\.png of photos/day is in the (train|val) and in the test'
    ):
        data.setup()


def test_a_split_of_one_sample_cannot_be_evaluated(tmp_path: Path) -> None:
    domain = Toy('a', val=1, root=str(tmp_path))
    domain.prepare()
    with pytest.raises(UserError, match='the val split of toy/a has 1 samples, needs 2; add samples'):
        validate_small(domain, 8)


def test_a_reference_pairs_a_domain_with_itself_and_nothing_else_does(tmp_path: Path) -> None:
    one, other = Toy('a', root=str(tmp_path)), Toy('b', root=str(tmp_path))
    validate_mismatch(one, one, reference=True)
    validate_mismatch(one, other, reference=False)
    with pytest.raises(UserError, match='name two different domains'):
        validate_mismatch(one, one, reference=False)
    with pytest.raises(UserError, match='the supervised reference trains on its target'):
        validate_mismatch(one, other, reference=True)


class Turned(Toy):
    """The toy domain with its classes in another order."""

    classes = ('blue', 'green', 'red')


def test_classes_in_another_order_are_other_classes(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='in another order'):
        validate_mismatch(Toy('a', root=str(tmp_path)), Turned('b', root=str(tmp_path)), reference=False)


def test_features_of_other_shapes_or_names_are_refused() -> None:
    one, other = Toy('a'), Toy('b')
    validate_features(one, other, (9, 4), (5, 4))
    with pytest.raises(UserError, match=r'toy/a have shape \(4,\) and those of toy/b \(4, 2\); give both'):
        validate_features(one, other, (9, 4), (9, 4, 2))


def test_images_of_two_sizes_are_refused_unless_they_are_cropped_to_one(root: Path) -> None:
    validate_sizes(Toy('a'), Toy('b'), (4, 3, 8, 9), (5, 3, 8, 9))
    said = r'images of toy/a have 8 x 9 pixels and those of toy/b 9 x 8; give both the same `size`, or set `crop`'
    with pytest.raises(UserError, match=said):
        validate_sizes(Toy('a'), Toy('b'), (4, 3, 8, 9), (5, 3, 9, 8))


class Large(Toy):
    """Images of twice the size."""

    def make(self) -> dict[str, Samples]:
        return {
            split: Samples(samples.images.repeat(2, axis=2).repeat(2, axis=3), samples.labels, samples.ids)
            for split, samples in super().make().items()
        }


def test_a_pair_compares_the_sizes_of_its_images() -> None:
    for augment in (None, Augment(crop=8)):
        data = DomainPair(Toy('a'), Large('b'), batch_size=6, augment=augment)
        data.prepare_data()
        if augment is None:
            with pytest.raises(UserError, match='toy/a have 8 x 8 pixels and those of toy/b 16 x 16'):
                data.setup()
        else:
            data.setup()
