"""Ranks of methods over blocks: mean ranks, Friedman's test, and Nemenyi's critical difference."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from dann.core.errors import check
from dann.stats.paired import DIGITS, LEVEL

Values = Mapping[str, Sequence[float]]


def average_ranks(values: Values) -> dict[str, float]:
    """Return the mean over blocks of each method's rank, 1 for the highest value; ties share their mean rank.

    Args:
        values: One value a block for each method, all in the same order of blocks.

    Raises:
        ValueError: No method, no block, or methods with unequal numbers of blocks.

    Example:
        >>> average_ranks({'a': [0.9, 0.8], 'b': [0.7, 0.8], 'c': [0.5, 0.6]})
        {'a': 1.25, 'b': 1.75, 'c': 3.0}
    """
    import numpy as np
    from scipy.stats import rankdata

    _check_blocks(values)
    ranks = rankdata(-np.round(list(values.values()), DIGITS), axis=0).mean(axis=1)
    return dict(zip(values, map(float, ranks), strict=True))


def friedman(values: Values) -> tuple[float, float]:
    """Return Friedman's chi-squared, corrected for ties, and its p-value: do the methods' ranks differ at all?

    The p-value is that of chi-squared with one degree of freedom fewer than methods, an approximation that wants
    more than 10 blocks and 5 methods; with fewer it rejects too rarely. Equal values everywhere give 0 and 1.

    Args:
        values: One value a block for each of at least three methods, all in the same order of blocks.

    Raises:
        ValueError: Fewer than three methods, no block, or methods with unequal numbers of blocks.

    Reference:
        Demšar, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 2006, section 3.2.2. The
        correction for ties is not in the paper; without ties both agree.
    """
    import numpy as np
    from scipy.stats import friedmanchisquare

    _check_blocks(values)
    check(len(values) > 2, f'expected at least three methods, got {len(values)}')
    table = np.round(list(values.values()), DIGITS)
    if (np.ptp(table, axis=0) == 0).all():
        return 0.0, 1.0
    found = friedmanchisquare(*table)
    return float(found.statistic), float(found.pvalue)


def critical_difference(methods: int, blocks: int, level: float = LEVEL) -> float:
    r"""Return the difference of two mean ranks from which on Nemenyi's test tells two methods apart.

    .. math:: \mathrm{CD} = q_\alpha \sqrt{\frac{k (k + 1)}{6 N}}

    with :math:`q_\alpha` the upper point of the studentized range of ``k`` methods at infinite degrees of freedom,
    divided by :math:`\sqrt 2`. It allows for all comparisons of two, so it is no test against a baseline alone.

    Args:
        methods: ``k``, at least 2.
        blocks: ``N``, at least 1.
        level: Probability of any wrong difference, between 0 and 1.

    Example:
        >>> round(critical_difference(methods=4, blocks=14), 2)
        1.25

    Reference:
        Demšar, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 2006, section 3.2.2.
    """
    from scipy.stats import studentized_range

    check(methods > 1, f'expected at least two methods, got {methods}')
    check(blocks > 0, f'expected at least one block, got {blocks}')
    q = float(studentized_range.ppf(1 - level, methods, math.inf)) / math.sqrt(2)
    return q * math.sqrt(methods * (methods + 1) / (6 * blocks))


def not_told_apart(ranks: Mapping[str, float], difference: float) -> list[tuple[str, ...]]:
    """Return the largest groups of methods whose mean ranks all lie closer than ``difference``, the best first.

    Groups overlap: of three methods the first and last may differ although neither differs from the second.
    """
    ordered = sorted(ranks, key=ranks.__getitem__)
    groups: list[tuple[str, ...]] = []
    reached = 0
    for first, name in enumerate(ordered):
        end = first
        while end < len(ordered) and ranks[ordered[end]] - ranks[name] < difference:
            end += 1
        if end > reached and end - first > 1:
            groups.append(tuple(ordered[first:end]))
        reached = max(reached, end)
    return groups


def _check_blocks(values: Values) -> None:
    counts = {len(each) for each in values.values()}
    check(bool(counts), 'expected at least one method, got none')
    check(
        len(counts) == 1 and 0 not in counts,
        f'expected one value a block for every method, got {sorted(counts)} values',
    )
