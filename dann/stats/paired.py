"""Statistics of paired differences: bootstrap intervals, tests, Holm's correction, and numbers of seeds needed."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

from dann.core.errors import check
from dann.stats.intervals import quantile

LEVEL = 0.05
MOST_SEEDS = 1000
DIGITS = 12  # differences that are equal on paper are equal after rounding, and so tie


def bootstrap_interval(
    differences: Sequence[float], resamples: int = 9999, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the mean, bias-corrected and accelerated (BCa).

    From few values it is too narrow, because resampling cannot show what was not drawn: of normal differences
    it covers the mean in about 51, 71, 84 and 91 of 100 cases at 2, 3, 5 and 10 values.

    Args:
        differences: At least two differences.
        resamples: How often to draw as many with replacement.
        seed: Of the drawing; equal values and seed give equal intervals.

    Raises:
        ValueError: Fewer than two values.

    Reference:
        Efron, "Better Bootstrap Confidence Intervals", JASA 1987.
    """
    import numpy as np
    from scipy import stats

    check(len(differences) > 1, f'expected at least two differences, got {len(differences)}')
    values = np.round(differences, DIGITS)
    if np.ptp(values) == 0:  # the acceleration of BCa divides by the spread
        return float(values[0]), float(values[0])
    drawn = stats.bootstrap(
        (values,), np.mean, n_resamples=resamples, method='BCa', rng=np.random.default_rng(seed)
    )
    return float(drawn.confidence_interval.low), float(drawn.confidence_interval.high)


def wilcoxon(differences: Sequence[float]) -> float:
    """Return the two-sided p-value of Wilcoxon's signed-rank test that differences are symmetric about zero.

    Zeros are left out, as Wilcoxon does; nothing but zeros gives 1. Exact by the distribution of the statistic
    up to 50 differences without ties, exact by all sign patterns up to 13 with ties, and beyond by the normal
    approximation with the correction for ties.

    Args:
        differences: At least one difference.

    Raises:
        ValueError: No value.

    Reference:
        Wilcoxon, "Individual Comparisons by Ranking Methods", Biometrics Bulletin 1945.
    """
    from scipy import stats

    check(len(differences) > 0, 'expected at least one difference, got none')
    values = [value for each in differences if (value := round(each, DIGITS))]
    if not values:
        return 1.0
    ties = len({abs(value) for value in values}) < len(values)
    method = 'exact' if len(values) <= 50 else 'asymptotic'
    if ties:
        method = stats.PermutationMethod() if len(values) <= 13 else 'asymptotic'
    return float(stats.wilcoxon(values, method=method).pvalue)


def smallest_wilcoxon(pairs: int) -> float:
    """Return the smallest two-sided p-value that Wilcoxon's test has for that many pairs, all of one sign."""
    check(pairs > 0, f'expected at least one pair, got {pairs}')
    return min(2.0 ** (1 - pairs), 1.0)


def pairs_to_reject(comparisons: int = 1, level: float = LEVEL) -> int:
    """Return the fewest pairs with which Wilcoxon's test can reject one of ``comparisons`` after ``holm``."""
    check(comparisons > 0, f'expected at least one comparison, got {comparisons}')
    pairs = 1
    while smallest_wilcoxon(pairs) * comparisons > level:
        pairs += 1
    return pairs


def t_test(differences: Sequence[float]) -> float:
    """Return the two-sided p-value of the paired t test, below 0.05 where the 95 % interval excludes zero.

    Args:
        differences: At least two differences; equal ones give 0, or 1 where they are zero.

    Raises:
        ValueError: Fewer than two values.
    """
    from scipy import stats

    check(len(differences) > 1, f'expected at least two differences, got {len(differences)}')
    values = [round(each, DIGITS) for each in differences]
    if len(set(values)) == 1:
        return 0.0 if values[0] else 1.0
    return float(stats.ttest_1samp(values, 0.0).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    r"""Return p-values corrected for testing several hypotheses, in the order given.

    .. math:: \tilde p_{(i)} = \max_{j \le i} \min\bigl((m - j + 1)\, p_{(j)},\, 1\bigr)

    over the ordered p-values of ``m`` hypotheses. Rejecting those at or below 0.05 makes any wrong rejection at
    most that likely, however the tests depend on each other.

    Example:
        >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
        [0.03, 0.06, 0.06]

    Reference:
        Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 1979.
    """
    corrected = [1.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min((len(p_values) - rank) * p_values[index], 1.0))
        corrected[index] = highest
    return corrected


def seeds_needed(deviation: float, half_width: float, limit: int = MOST_SEEDS) -> int | None:
    r"""Return the fewest seeds ``n`` for which :math:`t_{0.975, n-1} \, s / \sqrt n` is below ``half_width``.

    A plan, not a promise: the deviation ``s`` of few seeds is itself uncertain, and an interval as wide as the
    true difference excludes zero only every other time.

    Args:
        deviation: Sample deviation of the differences, not negative.
        half_width: What half of the interval has to stay below.
        limit: The most seeds to consider.

    Returns:
        A number from 2 to ``limit``; ``None`` where more are needed.
    """
    check(deviation >= 0, f'expected a deviation of at least 0, got {deviation}')

    def narrow(n: int) -> bool:
        return quantile(n - 1) * deviation / math.sqrt(n) < half_width

    counts = range(2, limit + 1)
    found = bisect_left(counts, True, key=narrow)
    return counts[found] if found < len(counts) else None
