"""Confidence optimal transport."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import references_estimates as ref
import torch
import validator_checks as checks
from draws import draw
from planted_accuracy import calibrated, without_labels
from planted_shift import domains

from dann.core.views import View
from dann.validators.cot import COT, quotas, temperature, transport
from dann.validators.doc import mean_confidence


@pytest.mark.parametrize(('count', 'repeats'), [(5, 3), (7, 1), (12, 2)])
@pytest.mark.parametrize('tilt', [0.0, 0.5])
def test_against_a_linear_programme(count: int, repeats: int, tilt: float) -> None:
    source, target, _ = domains(count, count * repeats, classes=4, tilt=tilt, shift=1.0)
    assert source.labels is not None
    expected = ref.cot(source.labels.numpy(), target.logits.numpy())
    assert COT(calibrated=False).score(source, target) == pytest.approx(expected, abs=1e-7)


def test_against_every_permutation() -> None:
    probabilities = draw(6, 3).softmax(dim=1).numpy()
    classes = np.array([0, 0, 1, 2, 2, 2])
    costs = [
        np.abs(probabilities - np.eye(3)[list(order)]).sum(axis=1).mean() / 2
        for order in permutations(classes)
    ]
    assert transport(probabilities, classes) == pytest.approx(min(costs), abs=1e-12)


def test_class_shares_that_do_not_divide_are_rounded() -> None:
    labels = torch.tensor([0, 0, 0, 1, 1, 3, 3])
    assert quotas(labels, 4, 7).tolist() == labels.tolist()
    assert quotas(labels, 4, 5).tolist() == [
        0,
        0,
        1,
        1,
        3,
    ]  # 2.14, 1.43, 0, 1.43: the first of equal remainders
    source, target, _ = domains(40, 33, classes=4, tilt=0.5, shift=1.0)
    assert source.labels is not None
    exact = ref.cot(source.labels.numpy(), target.logits.numpy())
    assert COT(calibrated=False).score(source, target) == pytest.approx(exact, abs=4 / 33)


@pytest.mark.parametrize('factor', [0.5, 1.0, 4.0])
def test_the_temperature_is_the_best_of_a_grid(factor: float) -> None:
    source, _, _ = domains(80, 5, tilt=0.4)
    assert source.labels is not None
    logits = factor * source.logits
    expected = ref.temperature(logits.numpy(), source.labels.numpy())
    assert temperature(logits, source.labels) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize('spread', [0.5, 1.0, 3.0])
@pytest.mark.parametrize('heat', [1.0, 0.25])
def test_the_accuracy_of_a_model_that_calibration_puts_right(spread: float, heat: float) -> None:
    source, _ = calibrated(1000, 2.0, seed=1, heat=heat)
    target, accuracy = calibrated(1000, spread, seed=2, heat=heat)
    assert COT().score(source, without_labels(target)) == pytest.approx(accuracy, abs=0.04)
    if heat < 1:
        assert COT(calibrated=False).score(source, without_labels(target)) > accuracy + 0.05


def test_the_scale_of_the_logits_does_not_matter_where_they_are_calibrated() -> None:
    source, target, _ = domains(tilt=0.4)
    scaled = [View(view.features, 3 * view.logits, view.labels) for view in (source, target)]
    assert COT().score(*scaled) == pytest.approx(COT().score(source, target), abs=1e-3)
    plain = COT(calibrated=False)
    assert plain.score(*scaled) != pytest.approx(plain.score(source, target), abs=1e-3)


def test_it_is_at_most_the_mean_confidence_and_falls_where_one_class_is_named_too_often() -> None:
    source, target, _ = domains(60, 60, tilt=0.4)
    plain = COT(calibrated=False)
    assert plain.score(source, target) <= mean_confidence(target.logits) + 1e-12
    assert source.labels is not None
    collapsed = View(target.features, torch.tensor([[50.0, 0, 0]], dtype=torch.float64).expand(60, 3))
    share = float((source.labels == 0).double().mean())
    assert plain.score(source, collapsed) == pytest.approx(share)


def test_the_order_of_samples_does_not_matter() -> None:
    checks.order_does_not_matter(COT, checks.rounded(), abs=1e-9)


def test_a_better_model_is_estimated_higher() -> None:
    checks.better_models_score_higher(COT)


def test_large_splits_are_sampled_and_random_states_stay() -> None:
    checks.large_splits_are_sampled(COT)
    checks.random_states_stay(COT, most=100)


def test_logits_that_are_not_finite_give_nan() -> None:
    checks.broken_features_give_nan(COT)


def test_no_sample_is_too_few() -> None:
    with pytest.raises(ValueError, match=r'`most` above 0, got 0'):
        COT(most=0)
