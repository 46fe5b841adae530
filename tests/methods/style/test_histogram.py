"""Histogram matching against its definition."""

from __future__ import annotations

import numpy as np
import pytest
import references_images as ref
import torch
from torch import Tensor

from dann.methods.style.histogram import match_histogram

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
