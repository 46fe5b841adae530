"""Gram matrices, block by block."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from draws import draw

from dann.functional import gram as module
from dann.functional.gram import gram, singular_values

SHAPES = [(30, 5), (5, 30), (1, 4), (9, 9)]


@pytest.mark.parametrize('shape', SHAPES)
@pytest.mark.parametrize('block', [7, 4096])
def test_the_smaller_product(shape: tuple[int, int], block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, 'BLOCK', block)
    matrix = draw(*shape)
    x = matrix.numpy()
    np.testing.assert_allclose(gram(matrix).numpy(), x.T @ x if shape[0] >= shape[1] else x @ x.T)
    assert gram(matrix.float()).dtype == torch.float64


@pytest.mark.parametrize('shape', SHAPES)
def test_singular_values(shape: tuple[int, int]) -> None:
    expected = sorted(np.linalg.svd(draw(*shape).numpy(), compute_uv=False))
    assert singular_values(draw(*shape)).tolist() == pytest.approx(expected, rel=1e-6)


def test_values_that_rounding_would_make_negative_are_zero() -> None:
    values = singular_values(draw(9, 1) @ draw(1, 4, seed=1))
    assert (values >= 0).all()
    assert values[:-1].max() < 1e-6 * values[-1]


@pytest.mark.parametrize('wrong', [math.nan, math.inf])
def test_an_entry_that_is_not_finite_makes_all_of_them_nan(wrong: float) -> None:
    matrix = draw(6, 3)
    matrix[2, 1] = wrong
    assert singular_values(matrix).isnan().tolist() == [True] * 3
