"""Frechet distance against the general matrix root, and FID against torchmetrics."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from shift_arrays import SHAPES, Array, draw, slow_covariance
from torch import Tensor, nn

from dann.shift.frechet import fid, frechet_distance, without_inception


@pytest.mark.parametrize('shapes', SHAPES)
def test_frechet(shapes: tuple[tuple[int, int], tuple[int, int]]) -> None:
    source, target = draw(*shapes[0]), 2 * draw(*shapes[1]) + 3
    first, second = slow_covariance(source), slow_covariance(target)
    # a little on the diagonal, for the general matrix root wants full rank
    root = sqrtm((first + 1e-9 * np.eye(len(first))) @ (second + 1e-9 * np.eye(len(first)))).real
    mean = source.mean(axis=0) - target.mean(axis=0)
    expected = mean @ mean + np.trace(first + second - 2 * root)
    assert frechet_distance(source, target) == pytest.approx(expected, rel=1e-3)


def test_frechet_of_known_gaussians() -> None:
    def exact(mean: Array, deviations: Array) -> Array:
        white = draw(200, 3)
        white -= white.mean(axis=0)
        white = white @ np.linalg.inv(np.linalg.cholesky(np.cov(white, rowvar=False))).T
        return white * deviations + mean

    first, second = np.array([1.0, 2.0, 0.5]), np.array([3.0, 0.1, 0.5])
    got = frechet_distance(exact(np.zeros(3), first), exact(np.array([1.0, -2.0, 0.0]), second))
    assert got == pytest.approx(5 + ((first - second) ** 2).sum(), rel=1e-9)


def test_fid_is_the_same_distance_of_a_networks_features() -> None:
    class Means(nn.Module):
        num_features = 3

        def forward(self, images: Tensor) -> Tensor:
            return images.double().mean(dim=(2, 3))

    generator = torch.Generator().manual_seed(0)
    source, target = (
        torch.randint(0, top, (40, 3, 6, 6), generator=generator, dtype=torch.uint8) for top in (255, 90)
    )
    features = (images.double().mean(dim=(2, 3)).numpy() for images in (source, target))
    assert fid(source, target, Means(), batch=16) == pytest.approx(frechet_distance(*features), rel=1e-4)


def test_without_an_inception_network_the_reason_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr('dann.shift.frechet.find_spec', lambda name: None)
    assert without_inception() == 'torch-fidelity is not installed'
    monkeypatch.setattr('dann.shift.frechet.find_spec', lambda name: name)
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path))
    assert 'weights-inception' in without_inception()
    assert str(tmp_path) in without_inception()
