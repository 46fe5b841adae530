"""Deep embedded validation with normalised weights."""

from __future__ import annotations

import importance_checks as checks
import numpy as np
import pytest
import references_validators_a as ref

from dann.validators.dev import dev_risk
from dann.validators.devn import DEVN, normalise
from dann.validators.risks import Loss


@pytest.mark.parametrize('loss', ['error', 'cross_entropy'])
def test_against_the_formula(loss: Loss) -> None:
    checks.scores_are_those_of(ref.devn, DEVN, loss)


def test_better_models_score_higher_in_any_order() -> None:
    checks.quality_and_order(DEVN)


def test_what_has_no_weights_is_nan() -> None:
    checks.undefined_scores_are_nan(DEVN)


def test_extremes_are_finite() -> None:
    checks.extremes_are_finite(DEVN)


def test_wrong_options_are_refused() -> None:
    checks.wrong_options_are_refused(DEVN)


def test_normalised_weights_have_mean_one_and_silence_the_control_variate() -> None:
    weights, values = np.random.default_rng(1).exponential(size=(2, 40))
    moved = normalise(weights)
    assert moved.mean() == pytest.approx(1)
    assert 0 <= moved.min() < moved.max() < 2
    assert dev_risk(moved, values) == pytest.approx((moved * values).mean())


def test_the_default_loss_is_the_cross_entropy() -> None:
    assert DEVN().loss == 'cross_entropy'
