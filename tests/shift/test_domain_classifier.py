"""Held-out log-odds of two Gaussians."""

from __future__ import annotations

import numpy as np
from shift_arrays import draw

from dann.shift.a_distance import proxy_a_distance
from dann.shift.domain_classifier import held_out_logits


def test_no_sample_is_judged_by_a_classifier_that_has_seen_it() -> None:
    source, target = draw(40, 60), draw(40, 60, seed=1)  # so many features that any labelling can be fitted
    assert 0.3 < proxy_a_distance(source, target).error < 0.7


def test_log_odds_are_those_of_two_gaussians() -> None:
    source, target = draw(2000, 1), draw(1000, 1, seed=1) + 1
    left, right = held_out_logits(source, target)
    np.testing.assert_allclose(left, 0.5 - source[:, 0], atol=0.35)
    np.testing.assert_allclose(right, 0.5 - target[:, 0], atol=0.35)
