"""Reverse validation."""

from __future__ import annotations

import math
from dataclasses import replace

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


@pytest.mark.parametrize('seed', range(4))
def test_features_are_standardised_by_the_target(seed: int) -> None:
    source, target, _ = domains(60, 50, tilt=0.4, shift=1.0, seed=seed)
    assert source.labels is not None
    wide = target.features.new_tensor([0.1, 1.0, 10.0])  # of the target alone
    target = replace(target, features=target.features * wide)
    score = ReverseValidation(1.0).score(source, target)
    expected = ref.reverse_validation(
        target.features.numpy(),
        target.predictions.numpy(),
        source.features.numpy(),
        source.labels.numpy(),
        1.0,
    )
    assert score == pytest.approx(expected, abs=1e-12)
