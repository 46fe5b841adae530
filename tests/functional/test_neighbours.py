"""Means over nearest neighbours."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from draws import draw

from dann.functional.neighbours import neighbour_mean


@pytest.mark.parametrize('k', [1, 3, 8])
def test_the_mean_over_the_nearest(k: int) -> None:
    distances, values = draw(5, 8).abs(), draw(5, 8, seed=1)
    for row, own, got in zip(distances, values, neighbour_mean(distances, values, k), strict=True):
        nearest = row.argsort()[:k]
        assert float(got) == pytest.approx(float(own[nearest].mean()))


def test_equally_far_neighbours_share_the_places_left() -> None:
    distances = torch.tensor([[1.0, 2.0, 2.0, 2.0, 9.0]], dtype=torch.float64)
    values = torch.tensor([1.0, 1.0, 0.0, 0.0, 7.0], dtype=torch.float64)
    assert float(neighbour_mean(distances, values, 2)) == pytest.approx((1 + 1 / 3) / 2)
    assert float(neighbour_mean(distances, values, 3)) == pytest.approx((1 + 2 / 3) / 3)
    assert float(neighbour_mean(distances, values, 5)) == pytest.approx(values.mean())


def shared_mean(distances: list[float], values: list[float], k: int) -> float:
    """One row by its definition: columns as far as the k-th nearest share the places that are left."""
    last = sorted(distances)[k - 1]
    nearer = [value for far, value in zip(distances, values, strict=True) if far < last]
    tied = [value for far, value in zip(distances, values, strict=True) if far == last]
    return (sum(nearer) + (k - len(nearer)) * float(np.mean(tied))) / k


@pytest.mark.parametrize('k', [1, 2, 5, 12])
@pytest.mark.parametrize('far', [2, 6, 40])
def test_rows_with_and_without_ties(k: int, far: int) -> None:
    rng = torch.Generator().manual_seed(k * far)
    distances = torch.randint(far, (30, 12), generator=rng).double()
    values = torch.rand(30, 12, generator=rng) < 0.5
    got = neighbour_mean(distances, values, k)
    assert got.dtype == torch.float64
    for row, own, mean in zip(distances.tolist(), values.double().tolist(), got.tolist(), strict=True):
        assert mean == pytest.approx(shared_mean(row, own, k), abs=1e-12)
    for row, mean in zip(distances.tolist(), neighbour_mean(distances, values[0], k).tolist(), strict=True):
        assert mean == pytest.approx(shared_mean(row, values[0].double().tolist(), k), abs=1e-12)


def test_neighbours_equal_up_to_rounding_are_tied() -> None:
    distances = torch.tensor([[1.0, 1.0 + 1e-10, 1.0 + 1e-7]], dtype=torch.float64)
    assert float(neighbour_mean(distances, torch.tensor([1.0, 0.0, 0.0]), 1)) == 0.5
