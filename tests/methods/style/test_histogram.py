"""Histogram matching against its definition."""

from __future__ import annotations

import numpy as np
import pytest
import references_images as ref
import torch
from torch import Tensor

from dann.methods.style.histogram import HistogramMatching, grey_levels, match_histogram

sizes = pytest.mark.parametrize('size', [(8, 8), (7, 7), (6, 9), (9, 4)])


def pair(height: int, width: int, channels: int = 3) -> tuple[Tensor, Tensor]:
    """Two batches of images in [0, 1), the second darker and flatter."""
    generator = torch.Generator().manual_seed(height * width)
    shape = (2, channels, height, width)
    source, target = (torch.rand(shape, generator=generator, dtype=torch.float64) for _ in range(2))
    return source, 0.1 + 0.5 * target


@sizes
def test_match_histogram(size: tuple[int, int]) -> None:
    source, target = pair(*size)
    source = (source * 5).round() / 5  # ties
    matched = match_histogram(source, target)
    np.testing.assert_array_equal(matched.numpy(), ref.match_histogram(source.numpy(), target.numpy()))
    assert torch.equal(matched.flatten(2).sort().values, target.flatten(2).sort().values)


def quantised(height: int, width: int, channels: int = 3, levels: int = 256) -> tuple[Tensor, Tensor]:
    """Two batches of images as they are loaded: bytes over 255."""
    generator = torch.Generator().manual_seed(height + width)
    shape = (2, channels, height, width)
    source, target = (torch.randint(levels, shape, generator=generator) for _ in range(2))
    return source.to(torch.uint8).float() / 255, target.to(torch.uint8).float() / 255


@sizes
@pytest.mark.parametrize(('channels', 'levels'), [(1, 256), (3, 256), (3, 4), (3, 1)])
def test_bytes_are_matched_as_any_values_are(size: tuple[int, int], channels: int, levels: int) -> None:
    source, target = quantised(*size, channels, levels)
    assert grey_levels(source) is not None
    matched = match_histogram(source, target)
    assert matched.dtype == torch.float32
    np.testing.assert_array_equal(matched.numpy(), ref.match_histogram(source.numpy(), target.numpy()))
    by_comparing = match_histogram(source.double(), target.double()).float()
    assert torch.equal(matched.view(torch.int32), by_comparing.view(torch.int32))


def test_every_byte_is_found_again() -> None:
    levels = torch.arange(256, dtype=torch.uint8)
    found = grey_levels(levels.float() / 255)
    assert found is not None
    assert torch.equal(found, levels)


@pytest.mark.parametrize('odd', [0.5, -0.0, 1.5, -1 / 255, 256 / 255, float('nan'), 0.1000001])
def test_what_is_no_byte_is_matched_as_it_is(odd: float) -> None:
    source, target = quantised(6, 9)
    target[0, 0, 0, 0] = odd
    assert grey_levels(target) is None
    assert grey_levels(source.double()) is None
    matched = match_histogram(source, target)
    expected = torch.sort(target.flatten(2), dim=2).values.view(torch.int32)
    order = source.flatten(2).argsort(dim=2, stable=True)
    assert torch.equal(matched.flatten(2).gather(2, order).view(torch.int32), expected)


def test_images_of_another_memory_order_are_matched_alike() -> None:
    source, target = quantised(7, 7)
    turned = [images.contiguous(memory_format=torch.channels_last) for images in (source, target)]
    assert torch.equal(match_histogram(*turned), match_histogram(source, target))


def test_half_strength_is_half_way() -> None:
    source, target = quantised(8, 8)
    half = HistogramMatching()(source, target[:1], 0.5)
    matched = match_histogram(source, target[:1].expand_as(source))
    torch.testing.assert_close(half, (source + matched) / 2)
