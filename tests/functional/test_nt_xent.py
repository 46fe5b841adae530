"""The contrastive loss against sums that are written out, in double precision."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from dann.core.errors import CheckError
from dann.functional.nt_xent import nt_xent


def slow(one: Tensor, other: Tensor, temperature: float) -> float:
    """Eq. 1 for every view, pair by pair."""
    views = [*one.tolist(), *other.tolist()]
    count, total = len(one), 0.0

    def similarity(i: int, k: int) -> float:
        dot: float = sum(a * b for a, b in zip(views[i], views[k], strict=True))
        norms = [math.sqrt(sum(a * a for a in views[each])) for each in (i, k)]
        return dot / (norms[0] * norms[1])

    for i in range(2 * count):
        partner = i + count if i < count else i - count
        below = sum(math.exp(similarity(i, k) / temperature) for k in range(2 * count) if k != i)
        total -= math.log(math.exp(similarity(i, partner) / temperature) / below)
    return total / (2 * count)


@pytest.mark.parametrize('count', [2, 3, 7])
@pytest.mark.parametrize('temperature', [0.1, 0.5, 2.0])
def test_it_is_the_sum_of_the_paper(count: int, temperature: float) -> None:
    draw = torch.Generator().manual_seed(count)
    one, other = (torch.randn(count, 5, generator=draw, dtype=torch.float64) for _ in range(2))
    assert float(nt_xent(one, other, temperature)) == pytest.approx(slow(one, other, temperature), rel=1e-12)


def test_lengths_do_not_count_and_views_are_alike() -> None:
    one, other = torch.randn(2, 4, 3, dtype=torch.float64)
    expected = nt_xent(one, other)
    torch.testing.assert_close(nt_xent(3 * one, 0.1 * other), expected)
    torch.testing.assert_close(nt_xent(other, one), expected)


def test_it_is_lowest_where_partners_agree_and_others_do_not() -> None:
    corners = torch.eye(3, dtype=torch.float64)
    least = float(nt_xent(corners, corners, 0.5))
    assert least == pytest.approx(math.log(1 + 4 * math.exp(-2)))
    assert float(nt_xent(corners, corners.roll(1, 0), 0.5)) > least


def test_gradients_are_those_of_finite_differences() -> None:
    one, other = (torch.randn(3, 4, dtype=torch.float64, requires_grad=True) for _ in range(2))
    assert torch.autograd.gradcheck(nt_xent, (one, other))


@pytest.mark.parametrize('shapes', [((1, 4), (1, 4)), ((3, 4), (2, 4)), ((3,), (3,))])
def test_views_that_cannot_be_compared_are_refused(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    with pytest.raises(CheckError, match=r'expected two views of shape \(B, D\), B at least 2'):
        nt_xent(torch.zeros(shapes[0]), torch.zeros(shapes[1]))
