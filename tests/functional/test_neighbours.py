"""Means over nearest neighbours."""

from __future__ import annotations

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
