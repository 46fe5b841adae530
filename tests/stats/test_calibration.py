"""The calibration error against a slow author, and where it is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from grouped_draws import drawn, slow_calibration

from dann.stats.calibration import calibration_error, excess


@pytest.mark.parametrize('place', [0, 1, 2])
def test_it_is_that_of_a_slow_author(place: int) -> None:
    grouped = drawn(count=301)
    own = grouped.members(place)
    found = calibration_error(grouped.confidence[own], (grouped.true == grouped.predicted)[own])
    assert found == pytest.approx(slow_calibration(grouped, place), abs=1e-12)


def test_confidence_at_the_edge_of_a_bin_belongs_to_the_lower_one() -> None:
    table = excess(np.array([0.0, 1 / 15, 2 / 15, 1.0]), np.array([True] * 4))
    assert [int(row.nonzero()[0][0]) for row in table[:3]] == [0, 0, 1]
    assert not table[3].any()  # as right as it says


def test_a_network_that_is_right_as_often_as_it_says_has_none() -> None:
    assert calibration_error(np.full(10, 0.5), np.arange(10) < 5) == 0
    assert calibration_error(np.full(10, 1.0), np.zeros(10, bool)) == 1
    assert math.isnan(calibration_error(np.empty(0), np.empty(0, bool)))
