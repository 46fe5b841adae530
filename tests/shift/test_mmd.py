"""Maximum mean discrepancy, its permutation test and its interval."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from statistics import mean, median_low

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import kstest

from dann.functional.kernels import SCALES
from dann.shift.mmd import (
    kernel_matrix,
    mmd_of_draws,
    mmd_of_labellings,
    mmd_test,
    unbiased_mmd,
)

Array = NDArray[np.float64]


def draw(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def slow_kernel(x: Array, y: Array, width: float) -> float:
    squared = sum((a - b) ** 2 for a, b in zip(x, y, strict=True))
    return sum(math.exp(-squared / (2 * scale * width)) for scale in SCALES)


def slow_mmd(source: Array, target: Array, typical: Callable[[list[float]], float] = mean) -> float:
    pooled = [*source, *target]
    pairs = itertools.combinations(pooled, 2)
    width = typical([sum((a - b) ** 2 for a, b in zip(*pair, strict=True)) for pair in pairs])

    def over(xs: Array, ys: Array, *, same: bool) -> float:
        values = [
            slow_kernel(x, y, width)
            for i, x in enumerate(xs)
            for j, y in enumerate(ys)
            if not (same and i == j)
        ]
        return sum(values) / len(values)

    across = over(source, target, same=False)
    return over(source, source, same=True) + over(target, target, same=True) - 2 * across


@pytest.mark.parametrize(('n', 'm', 'd'), [(7, 4, 3), (2, 9, 1), (6, 6, 10)])
def test_unbiased_mmd(n: int, m: int, d: int) -> None:
    source, target = draw(n, d), 2 * draw(m, d, seed=1) + 100
    assert unbiased_mmd(source, target) == pytest.approx(slow_mmd(source, target), abs=1e-9)
    assert mmd_test(source, target, permutations=19).value == pytest.approx(
        slow_mmd(source, target), abs=1e-9
    )
    expected = slow_mmd(source, target, median_low)
    assert unbiased_mmd(source, target, bandwidth='median') == pytest.approx(expected, abs=1e-9)
    found = mmd_test(source, target, bandwidth='median', permutations=19)
    assert found.value == pytest.approx(expected, abs=1e-9)


def test_sums_over_the_kernel_are_the_discrepancy_of_a_permuted_sample() -> None:
    source, target = draw(6, 3), draw(4, 3, seed=1)
    kernel = kernel_matrix(source, target)
    pooled = np.concatenate([source, target])
    for chosen in ([0, 1, 2, 3, 4, 9], [9, 8, 7, 6, 0, 1]):
        weights = np.zeros((10, 1))
        weights[chosen] = 1
        rest = [index for index in range(10) if index not in chosen]
        got = mmd_of_labellings(kernel, weights)[0]
        assert got == pytest.approx(slow_mmd(pooled[chosen], pooled[rest]), abs=1e-12)


def test_a_sample_drawn_twice_is_not_paired_with_itself() -> None:
    source, target = draw(3, 2), draw(3, 2, seed=1)
    kernel = kernel_matrix(source, target)
    within = kernel[0, 2]  # all that is left of the draw 0, 0, 2 once 0 is not paired with itself
    other = sum(kernel[i, j] for i in (3, 4, 5) for j in (3, 4, 5)) / 6
    across = sum(times * kernel[i, j] for i, times in ((0, 2), (2, 1)) for j in (3, 4, 5)) / 9
    times = np.array([[2.0, 0, 1, 1, 1, 1]]).T
    assert mmd_of_draws(kernel, 3, times)[0] == pytest.approx(within + other - 2 * across)
    assert mmd_of_draws(kernel, 3, np.ones((6, 1)))[0] == pytest.approx(slow_mmd(source, target))


def test_the_p_value_is_the_share_of_labellings_that_are_as_far_apart() -> None:
    source, target = draw(4, 2), draw(4, 2, seed=1) + 1
    kernel = kernel_matrix(source, target)
    values = []
    for chosen in itertools.combinations(range(8), 4):
        weights = np.zeros((8, 1))
        weights[list(chosen)] = 1
        values.append(mmd_of_labellings(kernel, weights)[0])
    exact = np.mean(np.array(values) >= values[0] - 1e-12)
    found = mmd_test(source, target, permutations=20_000)
    assert found.p_value == pytest.approx(exact, abs=0.01)


def test_p_values_of_one_domain_are_uniform() -> None:
    permutations, found = 99, []
    for seed in range(300):
        pooled = np.random.default_rng(seed).standard_normal((25, 2))
        found.append(mmd_test(pooled[:10], pooled[10:], permutations=permutations, seed=seed).p_value)
    assert min(found) >= 1 / (1 + permutations)
    assert kstest(np.array(found) - 0.5 / (1 + permutations), 'uniform').pvalue > 0.01


def test_two_domains_are_told_apart() -> None:
    found = mmd_test(draw(60, 2), draw(50, 2, seed=1) + 1, permutations=199)
    assert found.p_value == 1 / 200
    assert 0 < found.low < found.value < found.high


def test_the_interval_covers_what_a_large_sample_shows() -> None:
    truth = unbiased_mmd(draw(700, 2), draw(700, 2, seed=1) + 0.8)
    covered = 0
    for seed in range(60):
        found = mmd_test(
            draw(70, 2, seed=10 + seed), draw(60, 2, seed=100 + seed) + 0.8, permutations=199, seed=seed
        )
        covered += found.low <= truth <= found.high
    assert covered >= 51


def test_equal_samples_never_reject() -> None:
    found = mmd_test(np.ones((5, 2)), np.ones((6, 2)), permutations=99)
    assert found.value == pytest.approx(0, abs=1e-12)
    assert found.p_value == 1


def test_the_test_is_the_same_under_one_seed() -> None:
    one, other = (mmd_test(draw(20, 2), draw(15, 2, seed=1), permutations=99, seed=4) for _ in range(2))
    assert one == other


def test_few_permutations_are_refused() -> None:
    with pytest.raises(ValueError, match='`permutations` above 0, got 0'):
        mmd_test(draw(5, 2), draw(5, 2), permutations=0)
    with pytest.raises(ValueError, match=r'`scales` above 0, got \(1, 0\)'):
        mmd_test(draw(5, 2), draw(5, 2), scales=(1, 0))
