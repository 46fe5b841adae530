"""Reverse validation."""

from __future__ import annotations

import math

import pytest
import references_validators_a as ref
import validator_checks as checks
from planted_shift import domains

from dann.validators.reverse_validation import ReverseValidation


@pytest.mark.parametrize(('count', 'other'), [(17, 12), (40, 33)])
@pytest.mark.parametrize('penalty', [0.01, 1.0])
def test_against_the_formula(penalty: float, count: int, other: int) -> None:
    source, target, _ = domains(count, other, tilt=0.4, shift=1.0)
    assert source.labels is not None
    expected = ref.reverse_validation(
        target.features.numpy(),
        target.predictions.numpy(),
        source.features.numpy(),
        source.labels.numpy(),
        penalty,
    )
    assert ReverseValidation(penalty).score(source, target) == pytest.approx(expected, abs=1e-12)


def test_a_better_model_scores_higher() -> None:
    checks.better_models_score_higher(ReverseValidation)


def test_the_order_of_samples_does_not_matter() -> None:
    checks.order_does_not_matter(ReverseValidation, checks.rounded(), abs=1e-9)


def test_a_collapsed_network_scores_the_share_of_its_class() -> None:
    source, target, share = checks.collapsed()
    assert ReverseValidation().score(source, target) == pytest.approx(share)


@pytest.mark.parametrize('count', [1, 2])
def test_tiny_splits_have_a_score(count: int) -> None:
    source, target, _ = domains()
    assert math.isfinite(ReverseValidation().score(source[:count], target[:count]))


def test_features_that_are_not_finite_give_nan() -> None:
    checks.broken_features_give_nan(ReverseValidation)


def test_large_splits_are_sampled_and_random_states_stay() -> None:
    checks.large_splits_are_sampled(ReverseValidation)
    checks.random_states_stay(ReverseValidation, most=100)


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match=r'`penalty` above 0, got 0'):
        ReverseValidation(0)
    with pytest.raises(ValueError, match=r'`most` above 0, got 0'):
        ReverseValidation(most=0)
