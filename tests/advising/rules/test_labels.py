"""Labels are worth collecting where options disagree."""

from __future__ import annotations

import pytest
from advised import figures, outcome

from dann.advising.rules.labels import LabelsRule


def test_the_figure_is_the_mean_disagreement() -> None:
    found = LabelsRule().values(figures(agreements={'source_only': 0.9, 'mmd': 0.5}))
    assert found[''] == pytest.approx(0.3)


def test_the_best_with_labels_is_compared_with_the_best_without() -> None:
    rule = LabelsRule()
    assert rule.truth('', outcome(source_only=0.5, mmd=0.6, head_only=0.55, mmd__labels=0.7)) is True
    assert rule.truth('', outcome(source_only=0.5, mmd=0.7, head_only=0.71, target_only=0.3)) is False
    assert rule.truth('', outcome(source_only=0.5, mmd=0.7)) is None
