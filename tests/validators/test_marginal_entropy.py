"""Entropy of the mean prediction."""

from __future__ import annotations

import math

import pytest
import references_validators_b as ref
import torch
from draws import draw
from torch import Tensor
from validator_checks import outputs

from dann.validators.marginal_entropy import MarginalEntropy


def score(logits: Tensor) -> float:
    return MarginalEntropy().score(outputs(draw(4, logits.shape[1], seed=9)), outputs(logits))


@pytest.mark.parametrize('shape', [(9, 4), (3, 7), (2, 2), (64, 31)])
def test_against_the_formula(shape: tuple[int, int]) -> None:
    logits = 3 * draw(*shape)
    assert score(logits) == pytest.approx(ref.marginal_entropy(logits.numpy()), rel=1e-9)


def test_collapse_balance_and_ignorance() -> None:
    assert score(1e3 * torch.eye(4)[:1].repeat(9, 1)) == 0
    assert score(1e3 * torch.eye(4).repeat(3, 1)) == pytest.approx(1)
    assert score(torch.zeros(5, 4)) == pytest.approx(1)


def test_one_class_has_no_spread() -> None:
    assert math.isnan(score(torch.ones(5, 1)))
