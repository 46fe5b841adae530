"""Moment matching and Reinhard against the published formulas."""

from __future__ import annotations

import numpy as np
import pytest
import references_images as ref
import torch
from torch import Tensor

from dann.methods.style.moments import match_moments, reinhard

sizes = pytest.mark.parametrize('size', [(8, 8), (7, 7), (6, 9), (9, 4)])


def pair(height: int, width: int, channels: int = 3) -> tuple[Tensor, Tensor]:
    """Two batches of images in [0, 1), the second darker and flatter."""
    generator = torch.Generator().manual_seed(height * width)
    shape = (2, channels, height, width)
    source, target = (torch.rand(shape, generator=generator, dtype=torch.float64) for _ in range(2))
    return source, 0.1 + 0.5 * target


@sizes
def test_match_moments(size: tuple[int, int]) -> None:
    source, target = pair(*size)
    expected = ref.match_moments(source.numpy(), target.numpy())
    np.testing.assert_allclose(match_moments(source, target).numpy(), expected, atol=1e-4)


@sizes
def test_reinhard(size: tuple[int, int]) -> None:
    source, target = pair(*size)
    source[:, :, 0, 0] = 0  # black has no logarithm; it is read as 1/255
    expected = ref.reinhard(source.numpy(), target.numpy())
    np.testing.assert_allclose(reinhard(source, target).numpy(), expected, rtol=1e-4, atol=1e-4)


def test_reinhard_needs_three_channels() -> None:
    with pytest.raises(ValueError, match=r'3.*got.*1'):
        reinhard(*pair(8, 8, channels=1))


def test_reinhard_survives_black() -> None:
    source, _ = pair(7, 10)
    black = torch.zeros_like(source)
    assert reinhard(black, source).isfinite().all()
    assert reinhard(source, black).isfinite().all()


def test_reinhard_is_finite_on_a_few_bright_pixels() -> None:
    dark, half = torch.zeros(1, 3, 48, 48), torch.zeros(1, 3, 48, 48)
    dark[..., 0, :2] = 1
    half[..., :24] = 1
    assert reinhard(dark, half).isfinite().all()
