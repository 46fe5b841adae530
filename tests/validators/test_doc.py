"""Difference of confidences."""

from __future__ import annotations

import pytest
import references_estimates as ref
import torch
import validator_checks as checks
from planted_accuracy import calibrated, without_labels
from planted_shift import domains

from dann.core.views import View
from dann.validators.doc import DoC, mean_confidence


@pytest.mark.parametrize(('count', 'other'), [(17, 12), (5, 9), (40, 33)])
@pytest.mark.parametrize('tilt', [0.0, 0.5])
def test_against_the_formula(count: int, other: int, tilt: float) -> None:
    source, target, _ = domains(count, other, classes=4, tilt=tilt, shift=1.0)
    assert source.labels is not None
    expected = ref.doc(source.logits.numpy(), source.labels.numpy(), target.logits.numpy())
    assert DoC().score(source, target) == pytest.approx(min(max(expected, 0), 1), abs=1e-12)


@pytest.mark.parametrize('spread', [0.5, 1.0, 3.0])
def test_the_accuracy_of_a_calibrated_model(spread: float) -> None:
    source, _ = calibrated(4000, 2.0, seed=1)
    target, accuracy = calibrated(4000, spread, seed=2)
    assert DoC().score(source, without_labels(target)) == pytest.approx(accuracy, abs=0.02)


def test_the_source_itself_has_its_own_accuracy() -> None:
    source, _, _ = domains(60, 50, tilt=0.4)
    assert source.labels is not None
    accuracy = float((source.predictions == source.labels).double().mean())
    assert DoC().score(source, without_labels(source)) == pytest.approx(accuracy)


def test_an_estimate_stays_in_the_range_of_an_accuracy() -> None:
    labels = torch.tensor([0, 1, 1])
    sure, unsure = 50 * torch.eye(2)[labels], torch.zeros(3, 2)
    source = View(torch.zeros(3, 1), unsure, torch.tensor([0, 0, 0]))
    assert DoC().score(source, View(torch.zeros(3, 1), sure)) == 1.0
    wrong = View(torch.zeros(3, 1), sure, 1 - labels)
    assert DoC().score(wrong, View(torch.zeros(3, 1), unsure)) == 0.0


def test_confidence_is_that_of_the_likeliest_class() -> None:
    assert mean_confidence(torch.zeros(4, 5)) == pytest.approx(1 / 5)
    assert mean_confidence(100 * torch.eye(3)) == pytest.approx(1)


def test_the_order_of_samples_does_not_matter() -> None:
    checks.order_does_not_matter(DoC, checks.rounded(), abs=1e-12)


def test_a_better_model_is_estimated_higher() -> None:
    checks.better_models_score_higher(DoC)


def test_logits_that_are_no_numbers_give_nan() -> None:
    checks.broken_features_give_nan(DoC)
