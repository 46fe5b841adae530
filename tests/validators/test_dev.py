"""Deep embedded validation."""

from __future__ import annotations

import math

import importance_checks as checks
import numpy as np
import pytest
import references_validators_a as ref
from importance_checks import target_risk_is_met

from dann.validators.dev import DEV, dev_risk
from dann.validators.risks import Loss


@pytest.mark.parametrize('loss', ['error', 'cross_entropy'])
def test_against_the_formula(loss: Loss) -> None:
    checks.scores_are_those_of(ref.dev, DEV, loss)


def test_better_models_score_higher_in_any_order() -> None:
    checks.quality_and_order(DEV)


def test_what_has_no_weights_is_nan() -> None:
    checks.undefined_scores_are_nan(DEV)


def test_extremes_are_finite() -> None:
    checks.extremes_are_finite(DEV)


def test_wrong_options_are_refused() -> None:
    checks.wrong_options_are_refused(DEV)


def test_the_target_risk_is_met_where_the_source_risk_misleads() -> None:
    target_risk_is_met(DEV)


@pytest.mark.parametrize('weight', [1.0, 0.3, 0.1])
def test_constant_weights_give_the_weighted_risk(weight: float) -> None:
    values = np.random.default_rng(0).random(31)
    assert dev_risk(np.full(31, weight), values) == pytest.approx(weight * values.mean(), rel=1e-12)


def test_weights_are_known_to_have_mean_one() -> None:
    weights, values = np.array([0.2, 0.4, 1.2]), np.full(3, 0.5)
    assert dev_risk(weights, values) == pytest.approx(0.5)


def test_the_risk_of_one_sample_and_of_broken_weights_is_nan() -> None:
    assert math.isnan(dev_risk(np.ones(1), np.ones(1)))
    assert math.isnan(dev_risk(np.array([1.0, np.inf]), np.ones(2)))
