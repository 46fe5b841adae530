"""Scores against the published formulas, in double precision."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import references as ref
import torch
from torch import Tensor

from dann.core.views import View
from dann.validators.bnm import BNM
from dann.validators.entropy import Entropy
from dann.validators.infomax import InfoMax
from dann.validators.snd import SND
from dann.validators.source_accuracy import SourceAccuracy

SHAPES = [(9, 4), (3, 7), (2, 2), (64, 31)]
Score = Callable[[ref.Array], float]
SCORES = [(Entropy(), ref.negative_entropy), (InfoMax(), ref.infomax), (BNM(), ref.bnm), (SND(), ref.snd)]


def view(logits: Tensor, labels: Tensor | None = None) -> View:
    return View(torch.zeros(len(logits), 2, dtype=logits.dtype), logits, labels)


def draw(count: int, classes: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(count, classes, generator=generator, dtype=torch.float64)


def score(validator: Entropy | InfoMax | BNM | SND, logits: Tensor) -> float:
    return float(validator.score(view(draw(4, logits.shape[1], seed=9)), view(logits)))


@pytest.mark.parametrize('shape', SHAPES)
@pytest.mark.parametrize(('validator', 'reference'), SCORES)
def test_target_scores(
    validator: Entropy | InfoMax | BNM | SND, reference: Score, shape: tuple[int, int]
) -> None:
    logits = draw(*shape)
    assert score(validator, logits) == pytest.approx(reference(logits.numpy()), rel=1e-9)


def test_source_accuracy() -> None:
    logits = draw(33, 4)
    labels = torch.randint(4, (33,), generator=torch.Generator().manual_seed(1))
    got = SourceAccuracy().score(view(logits, labels), view(draw(5, 4)))
    assert float(got) == pytest.approx(
        ref.accuracy(logits.numpy(), labels.numpy().astype(np.int64)), rel=1e-6
    )


@pytest.mark.parametrize('count', [2, 9, 40])
def test_snd_of_equal_predictions_is_its_maximum(count: int) -> None:
    logits = draw(1, 5).expand(count, 5)
    assert score(SND(), logits) == pytest.approx(math.log(count - 1), abs=1e-9)


def test_bnm_is_one_for_balanced_certainty_with_more_classes_than_samples() -> None:
    assert score(BNM(), 1e3 * torch.eye(3, 7, dtype=torch.float64)) == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize('validator', [InfoMax(), BNM()])
def test_confident_and_diverse_beats_collapsed(validator: InfoMax | BNM) -> None:
    diverse = 20 * torch.eye(4, dtype=torch.float64).repeat(3, 1)
    collapsed = 20 * torch.eye(4, dtype=torch.float64)[:1].repeat(12, 1)
    assert score(validator, diverse) > score(validator, collapsed)


@pytest.mark.parametrize('temperature', [0.0, -1.0])
def test_snd_needs_a_temperature_above_zero(temperature: float) -> None:
    with pytest.raises(ValueError, match=r'temperature.*got'):
        SND(temperature=temperature)


@pytest.mark.parametrize('temperature', [0.05, 0.5, 2.0])
def test_snd_at_other_temperatures(temperature: float) -> None:
    logits = draw(23, 5)
    assert score(SND(temperature), logits) == pytest.approx(ref.snd(logits.numpy(), temperature), rel=1e-9)
