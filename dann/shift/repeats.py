"""The permutation test on many random halves of one domain: how often it rejects although both are alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dann.core.errors import check
from dann.shift.axes import common_axes
from dann.shift.mmd import kernel_matrix, permutation_test
from dann.shift.reading import LEVEL
from dann.stats.intervals import proportion_interval


@dataclass(frozen=True, slots=True)
class Repeats:
    """P-values of a true hypothesis.

    Args:
        name: What sees the domain.
        p_values: One a repeat.
        rejected: How many are at most 0.05.
        low: Lower end of the exact 95 % interval of the rate of rejection.
        high: Its upper end.
        uniform: P-value of a Kolmogorov-Smirnov test that the p-values are uniform.
    """

    name: str
    p_values: tuple[float, ...]
    rejected: int
    low: float
    high: float
    uniform: float


def repeated(
    name: str, features: ArrayLike, *, repeats: int = 100, permutations: int = 499, seed: int = 0
) -> Repeats:
    """Test random halves of one sample against each other, under the seeds ``seed`` to ``seed + repeats - 1``.

    Axes and kernel matrix are those of ``distances``. As both depend on all samples alike, they are computed once. An
    exact test at 5 % rejects 5 of 100 such hypotheses on average and more than 5 in 38 series of a hundred, so read a
    count with its interval.

    Args:
        name: What sees the domain.
        features: Of the domain, shape ``(N, D)``, ``N`` at least 4.
        repeats: How many, above 0.
        permutations: Of each test, above 0.
        seed: The first.
    """
    from scipy.stats import kstest

    check(repeats > 0, f'expected `repeats` above 0, got {repeats}')
    whole = np.asarray(features, np.float64)
    size = len(whole) // 2
    common = common_axes(whole[:size], whole[size : 2 * size])
    kernel = kernel_matrix(common.source, common.target)
    found = []
    for each in range(seed, seed + repeats):
        draw = np.random.default_rng(each)
        half = draw.permutation(np.repeat([1.0, 0.0], size))
        found.append(permutation_test(kernel, half, permutations, draw)[1])
    rejected = sum(value <= LEVEL for value in found)
    low, high = proportion_interval(rejected, repeats)
    # p-values are multiples of 1 / (1 + permutations): half a step down, their mean is that of the uniform
    uniform = kstest(np.array(found) - 0.5 / (1 + permutations), 'uniform').pvalue
    return Repeats(name, tuple(found), rejected, low, high, float(uniform))


def repeats_in_words(found: Repeats, seed: int) -> str:
    """Return the repeats in words."""
    count = len(found.p_values)
    level, rate, low, high = (100 * value for value in (LEVEL, found.rejected / count, found.low, found.high))
    return (
        f'{found.name}: the permutation test does not reject at {level:.0f} % in {count - found.rejected} of {count} '
        f'repeats (seeds {seed} to {seed + count - 1}). Rate of rejection {rate:.1f} %, 95 % interval {low:.1f} to '
        f'{high:.1f} %; an exact test has {level:.0f} %. P-values uniform: Kolmogorov-Smirnov p = {found.uniform:.3f}.'
    )
