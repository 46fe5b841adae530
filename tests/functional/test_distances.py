"""Squared distances of all pairs."""

from __future__ import annotations

import pytest
import references as ref
import torch
from draws import SHAPES, Shapes, draw, pair

from dann.functional.distances import blocks, pool, squared_distances


@pytest.mark.parametrize('shapes', SHAPES)
def test_squared_distances(shapes: Shapes) -> None:
    x, y = pair(shapes)
    got = squared_distances(x, y)
    assert got.shape == (len(x), len(y))
    for i, row in enumerate(x.numpy()):
        for j, other in enumerate(y.numpy()):
            assert float(got[i, j]) == pytest.approx(ref.squared_distance(row, other), rel=1e-9)


def test_distances_are_never_negative() -> None:
    x = draw(50, 3).float() + 100
    assert float(squared_distances(x, x).min()) >= 0


def test_distances_have_a_gradient() -> None:
    inputs = draw(4, 3, seed=1, grad=True), draw(5, 3, seed=2, grad=True)
    assert torch.autograd.gradcheck(squared_distances, inputs)


def test_pooled_samples_keep_their_distances_and_lose_their_mean() -> None:
    source, target = (domain.requires_grad_() for domain in pair(SHAPES[0]))
    pooled = pool(source + 1000, target + 1000)
    torch.testing.assert_close(pooled.mean(dim=0), torch.zeros(4, dtype=torch.float64))
    expected = squared_distances(source, target)
    torch.testing.assert_close(squared_distances(pooled[: len(source)], pooled[len(source) :]), expected)
    (gradient,) = torch.autograd.grad(pooled.sum(), source)
    assert torch.equal(gradient, torch.ones_like(source))  # none flows through the mean


@pytest.mark.parametrize(('count', 'size'), [(0, 3), (1, 3), (6, 3), (7, 3)])
def test_blocks_cover_every_row_once(count: int, size: int) -> None:
    parts = [list(range(count))[rows] for rows in blocks(count, size)]
    assert [row for part in parts for row in part] == list(range(count))
    assert all(0 < len(part) <= size for part in parts)
