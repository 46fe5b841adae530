"""Image statistics against the published formulas, in double precision."""

from __future__ import annotations

import numpy as np
import pytest
import references_images as ref
import torch
from torch import Tensor

from dann.methods.style.fda import fda
from dann.methods.style.histogram import match_histogram
from dann.methods.style.moments import match_moments, reinhard

sizes = pytest.mark.parametrize('size', [(8, 8), (7, 7), (6, 9), (9, 4)])


def pair(height: int, width: int, channels: int = 3) -> tuple[Tensor, Tensor]:
    """Two batches of images in [0, 1), the second darker and flatter."""
    generator = torch.Generator().manual_seed(height * width)
    shape = (2, channels, height, width)
    source, target = (torch.rand(shape, generator=generator, dtype=torch.float64) for _ in range(2))
    return source, 0.1 + 0.5 * target


@sizes
@pytest.mark.parametrize('beta', [0.05, 0.2, 0.34, 0.5])
def test_fda(size: tuple[int, int], beta: float) -> None:
    source, target = pair(*size)
    expected = ref.fda(source.numpy(), target.numpy(), beta)
    np.testing.assert_allclose(fda(source, target, beta).numpy(), expected, rtol=1e-9, atol=1e-12)


@sizes
def test_a_narrow_fda_changes_the_mean_only(size: tuple[int, int]) -> None:
    source, target = pair(*size)
    change = fda(source, target, 0.99 / min(size)) - source
    gap = (target.mean(dim=(2, 3)) - source.mean(dim=(2, 3)))[..., None, None]
    assert torch.allclose(change, gap.expand_as(change), atol=1e-12)


@pytest.mark.parametrize('side', [7, 8])
def test_the_widest_fda_joins_target_amplitude_and_source_phase(side: int) -> None:
    source, target = pair(side, side)
    mixed, left, right = (torch.fft.fft2(x) for x in (fda(source, target, 0.5), source, target))
    assert torch.allclose(mixed, torch.polar(right.abs(), left.angle()), atol=1e-10)


@sizes
@pytest.mark.parametrize('beta', [0.05, 0.3, 0.5])
def test_fda_with_itself_is_the_identity(size: tuple[int, int], beta: float) -> None:
    source, _ = pair(*size)
    assert torch.allclose(fda(source, source, beta), source, atol=1e-12)


@pytest.mark.parametrize('beta', [-0.1, 0.6])
def test_fda_names_the_range_of_beta(beta: float) -> None:
    with pytest.raises(ValueError, match=rf'beta.*got {beta}'):
        fda(*pair(8, 8), beta)


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


@sizes
def test_match_histogram(size: tuple[int, int]) -> None:
    source, target = pair(*size)
    source = (source * 5).round() / 5  # ties
    matched = match_histogram(source, target)
    np.testing.assert_array_equal(matched.numpy(), ref.match_histogram(source.numpy(), target.numpy()))
    assert torch.equal(matched.flatten(2).sort().values, target.flatten(2).sort().values)


def test_reinhard_survives_black() -> None:
    source, _ = pair(7, 10)
    black = torch.zeros_like(source)
    assert reinhard(black, source).isfinite().all()
    assert reinhard(source, black).isfinite().all()
