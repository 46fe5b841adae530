"""FDA against the published formula."""

from __future__ import annotations

import numpy as np
import pytest
import references_images as ref
import torch
from torch import Tensor

from dann.methods.style.fda import fda

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
