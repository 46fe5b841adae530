"""Two-sample Kolmogorov-Smirnov tests of many variables at once, corrected for their number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dann.shift.arrays import Array, two_domains
from dann.stats.paired import holm

SHOWN = 5  # variables that are named, those that moved most


@dataclass(frozen=True, slots=True)
class Moved:
    """One variable and how far it has moved.

    Args:
        index: Its column.
        distance: Largest distance of the two distribution functions, in [0, 1].
        p_value: Corrected by Holm for all variables.
    """

    index: int
    distance: float
    p_value: float


def ks_excess(reference: Array, window: Array) -> NDArray[np.int64]:
    r"""Kolmogorov-Smirnov distance of each column, times both numbers of samples.

    .. math:: n m \, \sup_x |F_m(x) - G_n(x)|

    Args:
        reference: Shape ``(m, D)``.
        window: Shape ``(n, D)``.

    Returns:
        Whole numbers from 0 to ``n m``, shape ``(D,)``.
    """
    m, n = len(reference), len(window)
    both = np.concatenate([reference, window])
    order = both.argsort(axis=0, kind='stable')
    sorted_values = np.take_along_axis(both, order, axis=0)
    climbed = np.where(order < m, n, -m).cumsum(axis=0)
    # within a run of equal values the functions jump together: they are compared behind it
    behind = np.concatenate([sorted_values[1:] != sorted_values[:-1], np.ones((1, both.shape[1]), bool)])
    excess: NDArray[np.int64] = np.abs(np.where(behind, climbed, 0)).max(axis=0)
    return excess


@lru_cache(maxsize=65536)
def ks_p_value(excess: int, m: int, n: int) -> float:
    """Exact two-sided p-value of the two-sample test, which ties make larger than it would have to be.

    Args:
        excess: As ``ks_excess`` returns it.
        m: Samples of the one.
        n: Samples of the other.
    """
    from scipy.stats import ks_2samp

    if not excess:
        return 1.0
    # SciPy takes samples and not their distance: these have two values, and that distance between them
    low, other = next(
        ((excess + m * j) // n, j)
        for j in range(n + 1)
        if (excess + m * j) % n == 0 and (excess + m * j) // n <= m
    )
    found = ks_2samp(np.arange(m) >= low, np.arange(n) >= other, method='exact')
    return float(found.pvalue)


def ks_tests(reference: Array, window: Array, shown: int = SHOWN) -> tuple[Moved, ...]:
    """Test every column, and return those that moved most, the one that moved most first.

    The p-values are corrected for all columns; the first one is that of the hypothesis that none has moved.

    Args:
        reference: Shape ``(m, D)``.
        window: Shape ``(n, D)``.
        shown: How many to return, at least 1.

    Raises:
        ValueError: Shapes that do not fit, or values that are not finite.

    Reference:
        `Failing Loudly <https://arxiv.org/abs/1810.11953>`_ (Rabanser et al., NeurIPS 2019), section 3.2: univariate
        tests with a correction; Holm's rejects what Bonferroni's does, and more.
    """
    left, right = two_domains(reference, window, at_least=1)
    excess, m, n = ks_excess(left, right), len(left), len(right)
    first = np.argsort(-excess, kind='stable')[:shown]
    p_values = [ks_p_value(int(excess[column]), m, n) for column in first]
    # those that moved less have no smaller p-value, and change none of Holm's before them
    corrected = holm([*p_values, *[1.0] * (len(excess) - len(first))])
    return tuple(
        Moved(int(column), float(excess[column]) / (m * n), corrected[place])
        for place, column in enumerate(first)
    )
