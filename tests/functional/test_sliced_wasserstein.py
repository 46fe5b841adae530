"""Sliced Wasserstein distance."""

from __future__ import annotations

import pytest
import references_kernels as ker
import torch
from draws import SHAPES, Shapes, draw, pair
from torch import Tensor

from dann.functional.sliced_wasserstein import sliced_wasserstein, steps


def directions(count: int, width: int) -> Tensor:
    return torch.nn.functional.normalize(draw(count, width, seed=8), dim=1)


@pytest.mark.parametrize('shapes', [*SHAPES, ((1, 3), (6, 3)), ((6, 2), (4, 2)), ((5, 2), (5, 2))])
def test_sliced_wasserstein(shapes: Shapes) -> None:
    source, target = pair(shapes)
    along = directions(6, shapes[0][1])
    expected = ker.sliced_wasserstein(source.numpy(), target.numpy(), along.numpy())
    assert float(sliced_wasserstein(source, target, along)) == pytest.approx(expected, rel=1e-9)
    assert float(sliced_wasserstein(target, source, along)) == pytest.approx(expected, rel=1e-9)


def test_the_distance_of_a_shift_is_its_mean_square_along_the_directions() -> None:
    source, along = draw(9, 4), directions(6, 4)
    shift = torch.tensor([1.0, -2.0, 0.0, 3.0], dtype=torch.float64)
    torch.testing.assert_close(
        sliced_wasserstein(source, source.flip(0) + shift, along), (along @ shift).square().mean()
    )
    doubled = torch.cat([source, source])
    assert float(sliced_wasserstein(source, doubled, along)) == pytest.approx(0, abs=1e-12)


def test_gradients() -> None:
    inputs = draw(7, 4, seed=1, grad=True), draw(5, 4, seed=2, grad=True)
    assert torch.autograd.gradcheck(lambda s, t: sliced_wasserstein(s, t, directions(6, 4)), inputs)


@pytest.mark.parametrize(('n', 'm'), [(1, 1), (2, 3), (4, 6)])
def test_the_pieces_cover_the_unit_interval(n: int, m: int) -> None:
    lengths, left, right = steps(n, m, torch.zeros(1, dtype=torch.float64))
    assert float(lengths.sum()) == pytest.approx(1)
    for ranks, count in ((left, n), (right, m)):
        shares = torch.zeros(count, dtype=torch.float64).index_add_(0, ranks, lengths)
        torch.testing.assert_close(shares, torch.full_like(shares, 1 / count))


def test_directions_of_another_width_are_named() -> None:
    with pytest.raises(ValueError, match=r'directions of shape \(P, 4\), got \(6, 3\)'):
        sliced_wasserstein(draw(9, 4), draw(5, 4), directions(6, 3))
