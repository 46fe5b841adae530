"""Copies that were encoded anew or brought to another size are found, and different images are not."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from checks_found import found
from PIL import Image
from planted import clean_folder

from dann.datasets import Street
from dann.datasets.checks import check_data
from dann.datasets.checks.near import NEAR, difference_hash, near_pairs


def photograph(seed: int, side: int = 64) -> Image.Image:
    """Smooth patches of colour, as photographs have, that no other seed gives."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)


def as_jpeg(image: Image.Image, quality: int = 75) -> Image.Image:
    held = io.BytesIO()
    image.save(held, 'JPEG', quality=quality)
    return Image.open(held)


def test_copies_are_near_and_others_are_not() -> None:
    image = photograph(0)
    copies = [as_jpeg(image), image.resize((48, 48)), as_jpeg(image.resize((96, 96)), 90)]
    looks = [difference_hash(each) for each in (image, *copies, photograph(1), photograph(2))]
    assert {frozenset(pair[:2]) for pair in near_pairs(looks, range(6))} == {
        frozenset((one, other)) for one in range(4) for other in range(one)
    }


def test_the_bound_counts() -> None:
    bits = np.zeros((3, 512), np.uint8)
    bits[1, :NEAR], bits[2, : NEAR + 1] = 1, 1
    looks = [np.packbits(row).tobytes() for row in bits]
    assert list(near_pairs(looks, [0, 1, 2])) == [(0, 1, NEAR), (1, 2, 1)]
    assert list(near_pairs(looks, [0, 0, 1])) == [(1, 2, 1)]


def test_the_bound_parts_copies_from_other_images_of_the_built_in_pair(tmp_path: Path) -> None:
    street = [Street(domain, train=100, val=1, test=1, root=str(tmp_path)) for domain in ('day', 'night')]
    images = [
        Image.fromarray(each.permute(1, 2, 0).numpy())
        for domain in street
        for each in domain.images('train')[:]
    ]
    images = [image for image in images if difference_hash(image)]  # some nights are too dark for one
    assert len(images) > 100
    looks = [difference_hash(image) for image in images]
    assert not list(near_pairs(looks, range(len(looks))))
    for copied in (as_jpeg, lambda image: image.resize((72, 72)), lambda image: image.resize((36, 36))):
        pairs = [(look, difference_hash(copied(image))) for look, image in zip(looks, images, strict=True)]
        near = [bool(list(near_pairs(pair, [0, 1]))) for pair in pairs if pair[1]]
        assert sum(near) > 0.9 * len(looks)


@pytest.mark.parametrize('kind', ['flat', 'small'])
def test_plain_and_small_images_have_no_hash(kind: str) -> None:
    flat = Image.new('RGB', (64, 64))
    flat.paste((255, 255, 255), (20, 20, 30, 40))
    assert difference_hash(flat if kind == 'flat' else photograph(0, 24)) == b''


def test_near_copies_are_reported_between_splits_and_domains_alone(tmp_path: Path) -> None:
    root = clean_folder(tmp_path)
    image = photograph(0)
    image.save(root / 'day/train/bus/0.png')
    as_jpeg(image).save(root / 'day/train/bus/1.png')
    assert found(check_data(root)) == {}
    image.resize((50, 50)).save(root / 'day/test/bus/0.png')
    image.resize((80, 80)).save(root / 'night/train/bus/0.png')
    check = check_data(root)
    assert set(found(check)) == {'near-copy-between-splits', 'near-copy-between-domains'}
    assert 'day/test/bus/0.png' in found(check)['near-copy-between-splits']
    assert 'night/train/bus/0.png' in found(check)['near-copy-between-domains']
    assert check.status == 0
