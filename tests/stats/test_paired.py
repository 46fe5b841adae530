"""Tests of paired differences against enumerations, brute force and simulation."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from dann.stats.intervals import estimate
from dann.stats.paired import (
    bootstrap_interval,
    holm,
    pairs_to_reject,
    seeds_needed,
    smallest_wilcoxon,
    t_test,
    wilcoxon,
)


def by_all_signs(differences: Sequence[float]) -> float:
    """The two-sided p-value: the share of sign patterns that are no nearer to the middle than the one seen."""
    values = [value for value in differences if value]
    sizes = [abs(value) for value in values]
    ranks = [
        sum(other < size for other in sizes) + (1 + sum(other == size for other in sizes)) / 2
        for size in sizes
    ]
    middle = sum(ranks) / 2
    seen = abs(sum(rank for rank, value in zip(ranks, values, strict=True) if value > 0) - middle)
    patterns = list(itertools.product((0, 1), repeat=len(values)))
    far = [
        abs(sum(rank for rank, up in zip(ranks, pattern, strict=True) if up) - middle) >= seen - 1e-9
        for pattern in patterns
    ]
    return sum(far) / len(patterns)


@pytest.mark.parametrize(
    'differences',
    [
        [0.1],
        [0.1, 0.2, 0.3],
        [0.1, -0.2, 0.3],
        [0.25, 0.25, -0.25],
        [0.5, 0.5, 0.125, -0.25, 0.0],
        [1, 2, 3, 4, 5, 6],
        [1, 1, -2, 3, -3, 3, 5],
        [-4, 2, 7, -9, 11, 1, 3, 8, 5],
        [0, 1, 1, 2, 2, -3, 4, 0, 5, 6],
    ],
)
def test_wilcoxon_is_the_share_of_sign_patterns(differences: list[float]) -> None:
    assert wilcoxon(differences) == pytest.approx(by_all_signs(differences), rel=1e-12)
    assert wilcoxon([-each for each in differences]) == pytest.approx(wilcoxon(differences))


def test_wilcoxon_is_exact_up_to_50_values_and_with_ties_up_to_13() -> None:
    assert wilcoxon(range(1, 51)) == pytest.approx(2.0**-49, rel=1e-9)
    assert wilcoxon(range(1, 52)) > 2.0**-40
    tied = [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, -6, -6, 7]
    assert wilcoxon(tied) == pytest.approx(by_all_signs(tied), rel=1e-12)


def test_wilcoxon_on_demsars_two_classifiers() -> None:
    # C4.5 against C4.5+m, JMLR 2006 table 2: one zero, R+ = 92 or 93 and R- = 12 or 13, rejected at 5 %
    before = [0.763, 0.599, 0.954, 0.628, 0.882, 0.936, 0.661, 0.583, 0.775, 1.0, 0.940, 0.619, 0.972, 0.957]
    after = [0.768, 0.591, 0.971, 0.661, 0.888, 0.931, 0.668, 0.583, 0.838, 1.0, 0.962, 0.666, 0.981, 0.978]
    assert 0.001 < wilcoxon([b - a for a, b in zip(before, after, strict=True)]) < 0.05


def test_differences_that_are_equal_on_paper_tie() -> None:
    assert 0.8 - 0.7 != 0.7 - 0.6
    noisy = [0.8 - 0.7, 0.7 - 0.6, -(0.6 - 0.5)]
    assert wilcoxon(noisy) == pytest.approx(by_all_signs([1, 1, -1]))
    assert wilcoxon([0.3 - 0.2 - 0.1, 0.0]) == 1.0


@pytest.mark.parametrize('differences', [list(range(1, 61)), [1] * 20 + [-1] * 4])
def test_many_pairs_use_the_normal_approximation(differences: list[int]) -> None:
    assert wilcoxon(differences) < 0.01


@pytest.mark.parametrize('pairs', range(1, 9))
def test_the_smallest_p_value_is_that_of_one_sign(pairs: int) -> None:
    assert smallest_wilcoxon(pairs) == pytest.approx(by_all_signs(range(1, pairs + 1)))


def test_three_seeds_cannot_reject_and_six_can() -> None:
    assert smallest_wilcoxon(3) == 0.25
    assert pairs_to_reject() == 6
    assert pairs_to_reject(53) == 12
    for count in (1, 2, 7, 53, 400):
        pairs = pairs_to_reject(count)
        best = [smallest_wilcoxon(pairs)] + [1.0] * (count - 1)
        assert holm(best)[0] <= 0.05 < count * smallest_wilcoxon(pairs - 1)


def by_steps(p_values: Sequence[float]) -> list[float]:
    """Holm by brute force: the smallest level, of all that matter, at which each hypothesis is rejected."""
    count = len(p_values)
    levels = sorted({min(p * k, 1.0) for p in p_values for k in range(1, count + 1)} | {1.0})

    def rejected(level: float) -> set[int]:
        left, out = list(range(count)), set()
        while left:
            first = min(left, key=lambda i: p_values[i])
            if p_values[first] * len(left) > level:
                break
            out.add(first)
            left.remove(first)
        return out

    return [next((a for a in levels if i in rejected(a)), 1.0) for i in range(count)]


@pytest.mark.parametrize('count', [1, 2, 3, 6, 9])
def test_holm_is_the_procedure_by_steps(count: int) -> None:
    draws = np.random.default_rng(count).uniform(size=(20, count)) ** 3
    for draw in [*draws, np.full(count, 0.25), np.ones(count)]:
        assert holm(list(draw)) == pytest.approx(by_steps(list(draw)), rel=1e-12)


def test_holm_of_nothing_is_nothing() -> None:
    assert holm([]) == []


def test_holm_keeps_the_order_and_never_lowers() -> None:
    p_values = [0.04, 0.001, 0.2, 0.001, 0.03]
    corrected = holm(p_values)
    assert all(after >= before for before, after in zip(p_values, corrected, strict=True))
    assert [corrected[i] for i in np.argsort(p_values)] == sorted(corrected)


@pytest.mark.parametrize('differences', [[0.1, 0.3], [0.01, 0.02, -0.005], [0.1, 0.2, 0.15, -0.3, 0.02]])
def test_the_t_test_agrees_with_the_interval(differences: list[float]) -> None:
    n = len(differences)
    t = abs(np.mean(differences)) / (np.std(differences, ddof=1) / math.sqrt(n))
    assert t_test(differences) == pytest.approx(2 * stats.t.cdf(-t, n - 1))
    assert (t_test(differences) < 0.05) == estimate(differences).excludes_zero


def test_the_t_test_without_spread() -> None:
    assert t_test([0.8 - 0.7, 0.7 - 0.6]) == 0.0
    assert t_test([0.0, 0.0, 0.0]) == 1.0


def test_the_bootstrap_is_the_same_every_time_and_holds_the_mean() -> None:
    values = [0.02, 0.05, 0.03, 0.11, -0.01]
    low, high = bootstrap_interval(values)
    assert (low, high) == bootstrap_interval(values)
    assert min(values) <= low < np.mean(values) < high <= max(values)
    assert bootstrap_interval([each + 1 for each in values]) == pytest.approx((low + 1, high + 1), abs=0.005)
    assert bootstrap_interval([-each for each in values]) == pytest.approx((-high, -low), abs=0.005)


def test_the_bootstrap_of_many_values_is_nearly_the_t_interval() -> None:
    values = list(np.random.default_rng(0).normal(0.05, 0.02, size=400))
    found = estimate(values)
    assert bootstrap_interval(values) == pytest.approx(
        (found.mean - (found.half_width or 0), found.mean + (found.half_width or 0)), abs=2e-4
    )


def test_the_bootstrap_of_equal_values_is_a_point() -> None:
    assert bootstrap_interval([0.8 - 0.7, 0.7 - 0.6]) == pytest.approx((0.1, 0.1))


@pytest.mark.parametrize(('n', 'share'), [(2, 0.51), (3, 0.71), (5, 0.84), (10, 0.91)])
def test_the_bootstrap_covers_as_often_as_its_docstring_says(n: int, share: float) -> None:
    draws = np.random.default_rng(0).normal(size=(250, n))
    found = [bootstrap_interval(list(draw), resamples=299) for draw in draws]
    assert np.mean([low <= 0 <= high for low, high in found]) == pytest.approx(share, abs=0.06)


@pytest.mark.parametrize('call', [bootstrap_interval, t_test])
def test_one_value_has_no_spread(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match='expected at least two differences, got 1'):
        call([0.1])


def test_no_value_has_no_test() -> None:
    with pytest.raises(ValueError, match='expected at least one difference, got none'):
        wilcoxon([])


@pytest.mark.parametrize(('deviation', 'half_width'), [(0.02, 0.01), (0.05, 0.05), (0.1, 0.02), (0.01, 0.1)])
def test_seeds_needed_is_the_first_that_is_narrow_enough(deviation: float, half_width: float) -> None:
    def width(n: int) -> float:
        return float(stats.t.ppf(0.975, n - 1) * deviation / np.sqrt(n))

    assert seeds_needed(deviation, half_width) == next(n for n in range(2, 1001) if width(n) < half_width)


def test_more_spread_or_a_smaller_width_needs_more_seeds() -> None:
    by_spread = [seeds_needed(each, 0.01) or 1001 for each in np.linspace(0, 0.2, 60)]
    by_width = [seeds_needed(0.05, each) or 1001 for each in np.linspace(0.2, 0.001, 60)]
    for counts in (by_spread, by_width):
        assert counts == sorted(counts)
        assert (counts[0], counts[-1]) == (2, 1001) or counts[0] == 3


def test_seeds_needed_at_its_ends() -> None:
    assert seeds_needed(0.0, 0.01) == 2
    assert seeds_needed(0.0, 0.0) is None
    assert seeds_needed(0.1, 0.0) is None
    assert seeds_needed(1.0, 0.01) is None
    assert seeds_needed(0.05, 0.01, limit=50) is None
    with pytest.raises(ValueError, match='expected a deviation of at least 0, got -1'):
        seeds_needed(-1, 0.1)
