"""Nuclear norms."""

from __future__ import annotations

import math

import pytest
import references_output as out
import references_validators_b as ref
import torch
from draws import draw

from dann.functional.nuclear_norm import fast_nuclear_norm, nuclear_norm, nuclear_norm_ratio

SHAPES = [(9, 4), (3, 7), (2, 2), (64, 31)]


@pytest.mark.parametrize('shape', SHAPES)
def test_against_the_formulas(shape: tuple[int, int]) -> None:
    logits = 3 * draw(*shape)
    p = logits.softmax(dim=1)
    assert float(nuclear_norm(p)) == pytest.approx(out.nuclear_norm(p.numpy()), rel=1e-7)
    assert float(fast_nuclear_norm(p)) == pytest.approx(out.fast_nuclear_norm(p.numpy()), rel=1e-9)
    assert nuclear_norm_ratio(p) == pytest.approx(ref.bnm(logits.numpy()), rel=1e-6)


@pytest.mark.parametrize('shape', SHAPES)
def test_the_norm_of_a_split_is_that_of_a_batch(shape: tuple[int, int]) -> None:
    p = draw(*shape).softmax(dim=1)
    bound = math.sqrt(shape[0] * min(shape))
    assert nuclear_norm_ratio(p) == pytest.approx(float(nuclear_norm(p)) / bound, rel=1e-7)


def test_the_fast_norm_is_the_norm_where_columns_are_orthogonal() -> None:
    p = torch.eye(3, dtype=torch.float64)[torch.tensor([0, 0, 1, 2, 2, 2])]
    torch.testing.assert_close(fast_nuclear_norm(p), nuclear_norm(p))


@pytest.mark.parametrize('rank', [0, 1, 2])
def test_norms_of_degenerate_matrices_have_finite_gradients(rank: int) -> None:
    matrix = (draw(6, rank, seed=1) @ draw(rank, 4, seed=2)).requires_grad_()
    for norm in (nuclear_norm, fast_nuclear_norm):
        (gradient,) = torch.autograd.grad(norm(matrix), matrix)
        assert gradient.isfinite().all()


def test_balanced_certainty_has_a_ratio_of_one() -> None:
    assert nuclear_norm_ratio(torch.eye(4).repeat(3, 1)) == pytest.approx(1)
    assert nuclear_norm_ratio(torch.eye(4)[:1].repeat(12, 1)) == pytest.approx(1 / 2)


def test_the_ratio_of_nothing_and_of_nan_is_nan() -> None:
    assert math.isnan(nuclear_norm_ratio(torch.zeros(0, 4)))
    assert math.isnan(nuclear_norm_ratio(torch.full((3, 4), math.nan)))
