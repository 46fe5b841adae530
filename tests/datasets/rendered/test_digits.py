"""Rendered and handwritten digits: deterministic, labelled correctly, disjoint."""

from __future__ import annotations

from itertools import combinations
from math import floor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from dann.datasets.rendered import digits as module
from dann.datasets.rendered.digits import FONTS, HandwrittenDigits, RenderedDigits
from dann.datasets.storage.stored_domain import Samples

SPLITS = ('train', 'val', 'test')


def rendered(**options: Any) -> dict[str, Samples]:
    return RenderedDigits(**{'train': 40, 'val': 20, 'test': 30, **options}).make()


@pytest.fixture(scope='module')
def handwritten() -> dict[str, Samples]:
    return HandwrittenDigits(seed=4).make()


def same(one: Samples, two: Samples) -> bool:
    return np.array_equal(one.images, two.images) and np.array_equal(one.labels, two.labels)


@pytest.mark.parametrize('kind', [RenderedDigits, HandwrittenDigits])
def test_digits_are_three_equal_channels_of_bytes(kind: type[Any], tmp_path: Path) -> None:
    domain = kind(val=20, test=10, root=str(tmp_path))
    assert domain.classes == tuple('0123456789')
    for split, count in {'val': 20, 'test': 10}.items():
        images = domain.images(split)
        assert images.shape == (count, 3, 28, 28)
        assert images.dtype == torch.uint8
        assert torch.equal(images[:, 0], images[:, 1])
        assert torch.equal(images[:, 0], images[:, 2])
        assert images.amax() > 200
        assert domain.labels(split).shape == (count,)
        assert set(domain.labels(split).tolist()) <= set(range(10))
        assert len(set(domain.ids(split))) == count


@pytest.mark.parametrize('size', [16, 28, 33])
def test_digits_come_in_any_size(size: int) -> None:
    assert rendered(size=size)['val'].images.shape == (20, 3, size, size)
    assert HandwrittenDigits(size=size).make()['val'].images.shape == (300, 3, size, size)


def test_the_same_seed_draws_the_same_digits_and_another_others() -> None:
    first, second, other = rendered(seed=3), rendered(seed=3), rendered(seed=4)
    for split in SPLITS:
        assert same(first[split], second[split])
        assert not np.array_equal(first[split].images, other[split].images)
        assert not set(first[split].ids) & set(other[split].ids)


def test_the_global_generators_are_neither_read_nor_moved() -> None:
    drawn, following = [], []
    for seed in (0, 1):
        np.random.seed(seed)
        torch.manual_seed(seed)
        drawn.append(rendered()['train'])
        following.append((np.random.rand(), torch.rand(()).item()))
        np.random.seed(seed)
        torch.manual_seed(seed)
        assert following[seed] == (np.random.rand(), torch.rand(()).item())
    assert same(*drawn)


def test_one_split_does_not_depend_on_the_size_of_another() -> None:
    small, large = rendered(), rendered(train=50, val=23)
    assert same(small['test'], large['test'])


def test_splits_of_equal_size_hold_different_digits() -> None:
    splits = rendered(train=20, val=20, test=20)
    for one, two in combinations(SPLITS, 2):
        assert not np.array_equal(splits[one].images, splits[two].images)
        assert not np.array_equal(splits[one].labels, splits[two].labels)


def test_rendered_classes_are_balanced() -> None:
    for samples in rendered(train=47).values():
        counts = np.bincount(samples.labels, minlength=10)
        assert counts.max() - counts.min() <= 1


def test_rendered_ids_are_unique_across_splits() -> None:
    ids = [name for samples in rendered().values() for name in samples.ids]
    assert len(set(ids)) == 90


def test_every_font_draws_its_own_shape_of_every_digit() -> None:
    glyphs = module._glyphs()
    assert glyphs.shape == (15, 10, 64, 64)
    for digit in range(10):
        for one, two in combinations(range(len(FONTS)), 2):
            assert (glyphs[one, digit] - glyphs[two, digit]).abs().sum() > 5, (FONTS[one], FONTS[two], digit)
    for one, two in combinations(range(10), 2):
        assert (glyphs[:, one] - glyphs[:, two]).abs().sum(dim=(1, 2)).min() > 10
    edges = [glyphs[..., 0, :], glyphs[..., -1, :], glyphs[..., 0], glyphs[..., -1]]
    assert all(edge.max() == 0 for edge in edges)
    assert glyphs.amin() == 0
    assert (glyphs.amax(dim=(2, 3)) > 0.9).all()


def test_a_rendered_digit_is_the_warped_glyph_of_its_label(monkeypatch: pytest.MonkeyPatch) -> None:
    shades = torch.linspace(0.1, 1, 10)[None, :, None, None].expand(len(FONTS), 10, 64, 64)
    monkeypatch.setattr(module, '_glyphs', lambda: shades)
    samples = rendered()['train']
    centres = samples.images[:, 0, 12:16, 12:16].astype(float)
    expected = 255 * np.linspace(0.1, 1, 10)[samples.labels]
    assert np.abs(centres - expected[:, None, None]).max() <= 0.51


def test_no_warp_halves_the_canvas() -> None:
    canvas = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(0))
    identity = torch.eye(2, 3).expand(3, 2, 3)
    expected = canvas.numpy().reshape(3, 32, 2, 32, 2).mean(axis=(2, 4))
    np.testing.assert_allclose(module._warp(canvas, identity, 32)[:, 0].numpy(), expected, atol=1e-5)


def test_handwritten_splits_are_disjoint_and_cover_all(handwritten: dict[str, Samples]) -> None:
    numbers = [int(name.rpartition('/')[2]) for samples in handwritten.values() for name in samples.ids]
    assert sorted(numbers) == list(range(1797))
    assert {split: len(samples.labels) for split, samples in handwritten.items()} == {
        'train': 997,
        'val': 300,
        'test': 500,
    }


def test_handwritten_splits_follow_the_seed(handwritten: dict[str, Samples]) -> None:
    again, other = HandwrittenDigits(seed=4).make(), HandwrittenDigits(seed=5).make()
    for split in SPLITS:
        assert same(handwritten[split], again[split])
        assert set(handwritten[split].ids) != set(other[split].ids)


def test_a_handwritten_digit_is_the_one_its_id_names(handwritten: dict[str, Samples]) -> None:
    originals = load_digits()
    unscaled = HandwrittenDigits(seed=4, size=8).make()
    for split, samples in handwritten.items():
        numbers = [int(name.rpartition('/')[2]) for name in samples.ids]
        assert np.array_equal(samples.labels, originals.target[numbers])
        expected = np.rint(originals.images[numbers] / 16 * 255)
        assert np.abs(unscaled[split].images[:, 0] - expected).max() <= 1


def bilinear(image: NDArray[np.float64], row: int, column: int, size: int) -> float:
    """Interpolate one pixel of an enlarged image, by the weights of its four neighbours."""
    last = len(image) - 1
    total = 0.0
    y, x = ((place + 0.5) * len(image) / size - 0.5 for place in (row, column))
    for r in (floor(y), floor(y) + 1):
        for c in (floor(x), floor(x) + 1):
            weight = (1 - abs(y - r)) * (1 - abs(x - c))
            total += weight * image[min(max(r, 0), last), min(max(c, 0), last)]
    return total


@pytest.mark.parametrize(('row', 'column'), [(0, 0), (27, 27), (0, 13), (14, 14), (9, 20), (26, 3)])
def test_enlarged_pixels_are_bilinear(handwritten: dict[str, Samples], row: int, column: int) -> None:
    originals = load_digits().images
    samples = handwritten['test']
    for index in range(40):
        image = originals[int(samples.ids[index].rpartition('/')[2])]
        expected = 255 * bilinear(image, row, column, 28) / 16
        assert abs(samples.images[index, 0, row, column] - expected) <= 0.51


@pytest.mark.parametrize('kind', [RenderedDigits, HandwrittenDigits])
def test_a_negative_seed_is_refused(kind: type[Any]) -> None:
    with pytest.raises(ValueError, match='expected `seed` of at least 0, got -1'):
        kind(seed=-1)


@pytest.mark.parametrize('counts', [(9, 20, 20), (20, 0, 20), (20, 20, -5)])
def test_too_few_rendered_samples_are_refused(counts: tuple[int, int, int]) -> None:
    train, val, test = counts
    with pytest.raises(
        ValueError, match=rf'expected at least 10 samples a split, got \({train}, {val}, {test}\)'
    ):
        RenderedDigits(train=train, val=val, test=test)


@pytest.mark.parametrize(('val', 'test'), [(9, 100), (100, 9), (1000, 788), (-1, 500)])
def test_splits_that_leave_too_few_handwritten_samples_are_refused(val: int, test: int) -> None:
    with pytest.raises(
        ValueError, match=rf'of at least 10 that leave 10 of 1797 samples, got {val} and {test}'
    ):
        HandwrittenDigits(val=val, test=test)


def test_as_few_handwritten_samples_as_allowed() -> None:
    assert len(HandwrittenDigits(val=10, test=1777).make()['train'].labels) == 10
