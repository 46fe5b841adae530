"""Average thresholded confidence."""

from __future__ import annotations

import math

import pytest
import references_estimates as ref
import torch
import validator_checks as checks
from planted_accuracy import two_classes
from planted_shift import domains

from dann.core.views import View
from dann.validators.atc import ATC, Confidence, threshold


@pytest.mark.parametrize(('count', 'other'), [(17, 12), (5, 9), (40, 33)])
@pytest.mark.parametrize('kind', ['entropy', 'probability'])
@pytest.mark.parametrize('tilt', [0.0, 0.5, 1.0])
def test_against_the_formula(kind: Confidence, count: int, other: int, tilt: float) -> None:
    source, target, _ = domains(count, other, classes=4, tilt=tilt, shift=1.0)
    assert source.labels is not None
    expected = ref.atc(source.logits.numpy(), source.labels.numpy(), target.logits.numpy(), kind)
    assert ATC(kind).score(source, target) == pytest.approx(expected, abs=1e-12)


def test_the_two_confidences_differ() -> None:
    two_likely, one_likelier = (
        [0.499, 0.5, 0.001],
        [0.6, 0.2, 0.2],
    )  # of less entropy; of the higher probability
    logits = torch.tensor([two_likely, one_likelier], dtype=torch.float64).log()
    source = View(torch.zeros(2, 1), logits, torch.tensor([1, 1]))  # the second is wrong
    target = View(torch.zeros(1, 1), logits[:1])
    assert ATC().score(source, target) == ATC('entropy').score(source, target) == 1
    assert ATC('probability').score(source, target) == 0


@pytest.mark.parametrize('spread', [0.5, 1.0, 3.0])
def test_the_accuracy_of_a_model_that_is_right_where_it_is_sure(spread: float) -> None:
    rng = torch.Generator().manual_seed(0)
    left, right = (torch.randn(3000, generator=rng, dtype=torch.float64) * s for s in (1.5, spread))

    def truth(x: torch.Tensor) -> torch.Tensor:
        return torch.where(x.abs() > 1, x > 0, x <= 0).long()

    source = View(left[:, None], two_classes(left), truth(left))
    target = View(right[:, None], two_classes(right))
    accuracy = float((target.predictions == truth(right)).double().mean())
    assert ATC().score(source, target) == pytest.approx(accuracy, abs=0.005)


def test_the_source_itself_has_its_own_accuracy() -> None:
    source, _, _ = domains(60, 50, tilt=0.4)
    assert source.labels is not None
    accuracy = float((source.predictions == source.labels).double().mean())
    assert 0 < accuracy < 1
    assert ATC().score(source, View(source.features, source.logits)) == pytest.approx(accuracy)


def test_a_perfect_source_model_lets_the_least_sure_sample_pass_and_a_wrong_one_nothing() -> None:
    scores = torch.tensor([0.3, 0.1, 0.2], dtype=torch.float64)
    assert threshold(scores, 0) == pytest.approx(0.1)
    assert threshold(scores, 2) == pytest.approx(0.3)
    assert threshold(scores, 3) == math.inf


def test_equal_scores_take_the_nearest_threshold() -> None:
    scores = torch.tensor([0.2, 0.2, 0.2, 0.5], dtype=torch.float64)
    assert threshold(scores, 1) == pytest.approx(0.2)
    assert threshold(scores, 2) == pytest.approx(0.5)


def test_neither_order_nor_a_constant_on_the_logits_matters() -> None:
    source, target, _ = domains(tilt=0.4)
    checks.order_does_not_matter(ATC, checks.rounded(), abs=1e-12)
    moved = View(target.features, target.logits + 7.0)
    assert ATC().score(source, moved) == pytest.approx(ATC().score(source, target), abs=0.03)


def test_a_better_model_is_estimated_higher() -> None:
    checks.better_models_score_higher(ATC)


def test_logits_that_are_no_numbers_give_nan() -> None:
    checks.broken_features_give_nan(ATC)


def test_an_unknown_confidence_is_refused() -> None:
    with pytest.raises(ValueError, match=r"`confidence` to be one of .*'entropy'.*got 'margin'"):
        ATC('margin')  # type: ignore[arg-type]
