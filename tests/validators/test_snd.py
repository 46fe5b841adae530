"""Soft neighbourhood density."""

from __future__ import annotations

import math

import pytest
import references as ref
from draws import draw
from torch import Tensor
from validator_checks import outputs

from dann.validators import snd
from dann.validators.snd import SND, density


def score(rule: SND, logits: Tensor) -> float:
    return rule.score(outputs(draw(4, logits.shape[1], seed=9)), outputs(logits))


@pytest.mark.parametrize('shape', [(9, 4), (3, 7), (2, 2), (64, 31)])
def test_against_the_formula(shape: tuple[int, int]) -> None:
    logits = 3 * draw(*shape)
    assert score(SND(), logits) == pytest.approx(ref.snd(logits.numpy()), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize('temperature', [0.05, 0.3, 0.5, 2.0])
def test_other_temperatures(temperature: float) -> None:
    logits = 3 * draw(23, 5)
    assert score(SND(temperature), logits) == pytest.approx(ref.snd(logits.numpy(), temperature), rel=1e-9)


@pytest.mark.parametrize('count', [2, 9, 40])
def test_equal_predictions_have_the_maximum(count: int) -> None:
    assert score(SND(), draw(1, 5).expand(count, 5)) == pytest.approx(math.log(count - 1), abs=1e-9)


def test_one_sample_has_no_neighbourhood() -> None:
    assert math.isnan(density(draw(1, 5).softmax(dim=1)))


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    p = (3 * draw(50, 6)).softmax(dim=1)
    whole = density(p)
    monkeypatch.setattr(snd, 'ELEMENTS', 170)
    assert density(p) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize('temperature', [0.0, -1.0])
def test_a_temperature_is_above_zero(temperature: float) -> None:
    with pytest.raises(ValueError, match=r'temperature.*got'):
        SND(temperature=temperature)
