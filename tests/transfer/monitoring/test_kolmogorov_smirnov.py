"""The two-sample tests, against loops, SciPy and Holm's correction of all columns."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from dann.shift.arrays import Array
from dann.stats.paired import holm
from dann.transfer.monitoring.kolmogorov_smirnov import ks_excess, ks_p_value, ks_tests


def drawn(m: int, n: int, seed: int = 0, shift: float = 0.4) -> tuple[Array, Array]:
    """Columns without ties, with some, and with nothing but ties; the last half has moved."""
    draw = np.random.default_rng(seed)
    left, right = draw.normal(size=(m, 8)), draw.normal(size=(n, 8))
    right[:, 4:] += shift
    left[:, 2], right[:, 2] = left[:, 2].round(1), right[:, 2].round(1)
    left[:, 3], right[:, 3] = 1, 1
    left[:, 5], right[:, 5] = left[:, 5].clip(0), right[:, 5].clip(0)
    return left, right


def slow(left: Array, right: Array) -> float:
    """The largest distance of the two distribution functions by loops."""
    values = [*left, *right]
    return max(float(abs((left <= x).sum() / len(left) - (right <= x).sum() / len(right))) for x in values)


@pytest.mark.parametrize(('m', 'n'), [(40, 15), (15, 40), (24, 24), (101, 10)])
def test_distances_are_those_of_loops(m: int, n: int) -> None:
    left, right = drawn(m, n)
    found = ks_excess(left, right) / (m * n)
    assert found == pytest.approx([slow(one, other) for one, other in zip(left.T, right.T, strict=True)])


@pytest.mark.parametrize(('m', 'n'), [(40, 15), (15, 40), (24, 24), (300, 50)])
def test_p_values_are_scipys(m: int, n: int) -> None:
    left, right = drawn(m, n)
    found = [ks_p_value(int(each), m, n) for each in ks_excess(left, right)]
    expected = [
        ks_2samp(one, other, method='exact').pvalue for one, other in zip(left.T, right.T, strict=True)
    ]
    assert found == pytest.approx(expected, rel=1e-9)
    assert found[3] == 1


def test_far_apart_the_p_value_is_tiny_and_no_error() -> None:
    assert 0 < ks_p_value(500 * 50, 500, 50) < 1e-60


@pytest.mark.parametrize('shown', [1, 3, 8])
def test_those_that_moved_most_have_the_p_values_of_all(shown: int) -> None:
    left, right = drawn(60, 30, shift=0.9)
    found = ks_tests(left, right, shown)
    corrected = holm([ks_2samp(a, b, method='exact').pvalue for a, b in zip(left.T, right.T, strict=True)])
    assert [each.p_value for each in found] == pytest.approx(sorted(corrected)[:shown], rel=1e-9)
    assert [each.p_value for each in found] == pytest.approx([corrected[each.index] for each in found])
    distances = [each.distance for each in found]
    assert distances == sorted(distances, reverse=True)
    assert found[0].index in (4, 5, 6, 7)


def test_features_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match='expected finite features'):
        ks_tests(np.ones((5, 2)), np.full((5, 2), np.nan))
