"""Covariance matching against the published formula."""

from __future__ import annotations

import numpy as np
import pytest
import references_styles as ref
import torch
from draws import images
from training import make

from dann.methods.style.covariance import match_covariance


@pytest.mark.parametrize(('height', 'width', 'channels'), [(7, 10, 3), (8, 8, 1), (5, 3, 2)])
@pytest.mark.parametrize('ridge', [1e-5, 0.1])
def test_match_covariance(height: int, width: int, channels: int, ridge: float) -> None:
    source, target = images(3, channels, height, width), 0.3 * images(3, channels, height, width, seed=1)
    target[:, 0] += 0.5 * target[:, -1]
    expected = ref.match_covariance(source.numpy(), target.numpy(), ridge)
    np.testing.assert_allclose(match_covariance(source, target, ridge).numpy(), expected, rtol=1e-9)


def test_match_covariance_gives_the_targets_statistics_and_is_undone_by_the_way_back() -> None:
    source, target = images(2, 3, 9, 8), 0.1 + 0.4 * images(2, 3, 9, 8, seed=1)
    moved = match_covariance(source, target, 1e-9)
    for left, right in zip(moved.flatten(2), target.flatten(2), strict=True):
        torch.testing.assert_close(torch.cov(left), torch.cov(right), rtol=1e-5, atol=1e-9)
        torch.testing.assert_close(left.mean(dim=1), right.mean(dim=1))
    torch.testing.assert_close(match_covariance(moved, source, 1e-9), source, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize('flat', ['source', 'target', 'grey'])
def test_match_covariance_of_singular_covariances_is_finite(flat: str) -> None:
    source, target = images(2, 3, 6, 6, dtype=torch.float32), images(2, 3, 6, 6, seed=1, dtype=torch.float32)
    if flat == 'source':
        source = torch.full_like(source, 0.5)
    if flat == 'target':
        target = torch.full_like(target, 0.5)
    if flat == 'grey':
        source = source[:, :1].expand(-1, 3, -1, -1)
    assert match_covariance(source, target).isfinite().all()
    assert match_covariance(source, target).abs().max() < 5


@pytest.mark.parametrize('ridge', [0.0, -1.0])
def test_a_ridge_of_nothing_is_refused(ridge: float) -> None:
    with pytest.raises(ValueError, match='expected `ridge` above 0'):
        make('Covariance', ridge=ridge)
    with pytest.raises(ValueError, match='expected `ridge` above 0'):
        match_covariance(images(1, 3, 4, 4), images(1, 3, 4, 4), ridge)
