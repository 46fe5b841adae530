"""Source risk."""

from __future__ import annotations

import pytest
from importance_checks import losses
from planted_shift import domains
from validator_checks import better_models_score_higher

from dann.validators.source_risk import SourceRisk


def test_source_risk() -> None:
    source, target, _ = domains()
    expected = -losses(source, 'cross_entropy').mean()
    assert SourceRisk().score(source, target) == pytest.approx(expected, rel=1e-12)


def test_a_better_model_scores_higher() -> None:
    better_models_score_higher(SourceRisk)
