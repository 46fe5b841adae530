"""Proxy A-distance against the best linear classifier of two Gaussians."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm
from shift_arrays import draw

from dann.shift.a_distance import a_distance, proxy_a_distance


@pytest.mark.parametrize(('error', 'expected'), [(0.5, 0), (0.8, 0), (0.25, 1), (0.0, 2)])
def test_a_distance_of_an_error(error: float, expected: float) -> None:
    assert a_distance(error) == expected


def test_the_linear_classifier_comes_close_to_the_best_there_is() -> None:
    shift = 1.5
    source, target = draw(1500, 3), draw(900, 3, seed=1) + np.array([shift, 0, 0])
    found = proxy_a_distance(source, target)
    best = norm.cdf(-shift / 2)
    assert found.error == pytest.approx(best, abs=0.03)
    assert found.value == pytest.approx(2 * (1 - 2 * found.error))
    spread = 4 * math.sqrt(best * (1 - best) / 4 * (1 / 1500 + 1 / 900))
    assert found.standard_error == pytest.approx(spread, rel=0.1)
