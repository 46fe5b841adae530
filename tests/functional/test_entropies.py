"""Entropies of predictions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import references as ref
import references_online as online
import references_output as out
import references_validators_b as val
import torch
from draws import draw

from dann.functional.entropies import (
    check_logits,
    entropies,
    entropy_weights,
    marginal_entropy,
    mean_entropy,
    mutual_information,
)

SHAPES = [(9, 4), (3, 7), (1, 2), (33, 5)]


@pytest.mark.parametrize('shape', SHAPES)
def test_against_the_formulas(shape: tuple[int, int]) -> None:
    logits = 3 * draw(*shape)
    array = logits.numpy()
    assert entropies(logits).tolist() == pytest.approx(
        [ref.shannon(row) for row in ref.softmax(array)], rel=1e-9
    )
    expected = val.marginal_entropy(array) * math.log(shape[1])
    assert float(marginal_entropy(logits)) == pytest.approx(expected, rel=1e-9)
    assert float(mutual_information(logits)) == pytest.approx(out.information(array), rel=1e-9, abs=1e-12)
    np.testing.assert_allclose(entropy_weights(logits).numpy(), ref.entropy_weights(array), rtol=1e-9)


def test_entropies_of_certainty_and_of_ignorance() -> None:
    certain, equal = 1e3 * torch.eye(4), torch.zeros(5, 4)
    assert entropies(certain).tolist() == [0] * 4
    assert entropies(equal).tolist() == pytest.approx([math.log(4)] * 5)
    assert float(marginal_entropy(certain)) == pytest.approx(math.log(4))
    assert float(marginal_entropy(certain[:1].repeat(9, 1))) == 0
    assert float(mutual_information(certain)) == pytest.approx(math.log(4))
    assert float(mutual_information(equal)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize('scale', [1, 1e30])
def test_gradients_are_finite(scale: float) -> None:
    logits = (scale * torch.eye(3).repeat(2, 1)).requires_grad_()
    for of in (marginal_entropy, mutual_information, lambda z: entropies(z).sum()):
        assert torch.autograd.grad(of(logits), logits)[0].isfinite().all()


def test_gradients() -> None:
    assert torch.autograd.gradcheck(mutual_information, draw(6, 4, grad=True))


def test_weights_are_constants_that_sum_to_one() -> None:
    weights = entropy_weights(draw(6, 4, grad=True))
    assert not weights.requires_grad
    assert float(weights.sum()) == pytest.approx(1)


@pytest.mark.parametrize('shape', [(0, 4), (5, 1), (5,)])
def test_logits_of_another_shape_are_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r'logits of shape \(B, C\), B at least 1 and C at least 2, got \('):
        check_logits(torch.zeros(shape))


def test_the_mean_is_that_of_a_second_author() -> None:
    logits = draw(7, 4)
    assert mean_entropy(logits).item() == pytest.approx(online.mean_entropy(logits.numpy()), rel=1e-12)
