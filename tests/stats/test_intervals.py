"""Intervals against SciPy's own, the printed table of Student's t, and simulation."""

import numpy as np
import pytest
from scipy import stats

from dann.stats.intervals import estimate, gap_closed, paired, proportion_interval

VALUES = [0.701, 0.733, 0.689, 0.745, 0.722]


@pytest.mark.parametrize('n', [2, 3, 5])
def test_the_interval_is_scipys(n: int) -> None:
    values = VALUES[:n]
    found = estimate(values)
    low, high = stats.t.interval(0.95, n - 1, loc=np.mean(values), scale=stats.sem(values))
    assert found.half_width is not None
    assert (found.mean - found.half_width, found.mean + found.half_width) == pytest.approx(
        (low, high), rel=1e-10
    )
    assert found.deviation == pytest.approx(np.std(values, ddof=1))
    assert found.n == n


@pytest.mark.parametrize(('n', 'quantile'), [(2, 12.706), (3, 4.303), (5, 2.776), (10, 2.262)])
def test_the_quantile_is_the_printed_one(n: int, quantile: float) -> None:
    values = [0.0, 1.0] * (n // 2) + [0.5] * (n % 2)
    deviation = np.std(values, ddof=1)
    assert estimate(values).half_width == pytest.approx(quantile * deviation / np.sqrt(n), rel=2e-4)


def test_the_interval_covers_the_mean_19_times_in_20() -> None:
    draws = np.random.default_rng(0).normal(0.7, 0.03, size=(2000, 3))
    found = [estimate(list(map(float, draw))) for draw in draws]
    hits = np.mean([abs(each.mean - 0.7) <= (each.half_width or 0) for each in found])
    assert hits == pytest.approx(0.95, abs=0.015)


def test_one_seed_has_no_interval() -> None:
    found = estimate([0.7])
    assert (found.mean, found.deviation, found.half_width, found.n) == (0.7, None, None, 1)
    assert found.excludes_zero is None


def test_nothing_to_average_is_refused() -> None:
    with pytest.raises(ValueError, match='expected at least one value, got none'):
        estimate([])


def test_differences_pair_common_seeds_only() -> None:
    found = paired({0: 0.8, 1: 0.9, 7: 0.1}, {0: 0.7, 1: 0.6, 2: 0.99})
    low, high = stats.t.interval(0.95, 1, loc=0.2, scale=stats.sem([0.1, 0.3]))
    assert found is not None
    assert found.mean == pytest.approx(0.2)
    assert found.n == 2
    assert found.half_width == pytest.approx((high - low) / 2)
    assert paired({0: 0.8}, {1: 0.7}) is None


def test_pairing_sees_what_unpaired_intervals_hide() -> None:
    base = {0: 0.50, 1: 0.60, 2: 0.70}
    left = {seed: value + 0.05 + 0.001 * seed for seed, value in base.items()}
    found = paired(left, base)
    assert found is not None
    assert found.excludes_zero
    assert (estimate(list(base.values())).half_width or 0) > found.mean


@pytest.mark.parametrize(
    ('values', 'expected'),
    [([0.1, 0.1], True), ([0.0, 0.0], False), ([0.1, -0.1], False), ([-0.3, -0.3], True)],
)
def test_zero_is_outside_or_not(values: list[float], expected: bool) -> None:
    assert estimate(values).excludes_zero is expected


def test_gap_closed() -> None:
    assert gap_closed(0.7, 0.6, 0.9) == pytest.approx(1 / 3)
    assert gap_closed(0.5, 0.6, 0.8) == pytest.approx(-0.5)
    assert gap_closed(0.9, 0.6, 0.6) is None
    assert gap_closed(0.9, 0.7, 0.6) is None


@pytest.mark.parametrize(
    ('count', 'total'), [(0, 1), (1, 1), (0, 100), (3, 100), (50, 100), (100, 100), (7, 9)]
)
def test_the_interval_of_a_share_is_scipys_exact_one(count: int, total: int) -> None:
    expected = stats.binomtest(count, total).proportion_ci()
    assert proportion_interval(count, total) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize(('count', 'total'), [(1, 0), (-1, 3), (4, 3), (0, 0)])
def test_a_share_is_one_of_something(count: int, total: int) -> None:
    with pytest.raises(ValueError, match='expected a count from 0 to a total above 0'):
        proportion_interval(count, total)
