"""Negative entropy."""

from __future__ import annotations

import pytest
import references as ref
from draws import draw
from validator_checks import outputs

from dann.validators.entropy import Entropy


@pytest.mark.parametrize('shape', [(9, 4), (3, 7), (2, 2), (64, 31)])
def test_against_the_formula(shape: tuple[int, int]) -> None:
    logits = 3 * draw(*shape)
    got = Entropy().score(outputs(draw(4, shape[1], seed=9)), outputs(logits))
    assert got == pytest.approx(ref.negative_entropy(logits.numpy()), rel=1e-9)


def test_surer_predictions_score_higher() -> None:
    unsure, sure = outputs(draw(9, 4)), outputs(5 * draw(9, 4))
    assert Entropy().score(unsure, unsure) < Entropy().score(sure, sure) < 0
