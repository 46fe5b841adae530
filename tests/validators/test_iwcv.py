"""Importance-weighted cross-validation."""

from __future__ import annotations

import importance_checks as checks
import pytest
import references_validators_a as ref
from importance_checks import target_risk_is_met
from planted_shift import domains

from dann.validators.iwcv import IWCV
from dann.validators.risks import Loss


@pytest.mark.parametrize('loss', ['error', 'cross_entropy'])
def test_against_the_formula(loss: Loss) -> None:
    checks.scores_are_those_of(ref.iwcv, IWCV, loss)


def test_better_models_score_higher_in_any_order() -> None:
    checks.quality_and_order(IWCV)


def test_what_has_no_weights_is_nan() -> None:
    checks.undefined_scores_are_nan(IWCV)


def test_extremes_are_finite() -> None:
    checks.extremes_are_finite(IWCV)


def test_wrong_options_are_refused() -> None:
    checks.wrong_options_are_refused(IWCV)


def test_the_target_risk_is_met_where_the_source_risk_misleads() -> None:
    target_risk_is_met(IWCV)


def test_a_sample_of_large_splits_is_weighted() -> None:
    source, target, _ = domains(400, 300, tilt=0.4)
    few = IWCV(most=100).score(source, target)
    assert few == IWCV(most=100).score(source, target) != IWCV().score(source, target)
