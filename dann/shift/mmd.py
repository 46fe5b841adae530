"""Maximum mean discrepancy with a permutation test and an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike

from dann.errors import check
from dann.methods.alignment.kernels import SCALES, gaussians, pool, squared_distances
from dann.shift.arrays import Array, two_domains


@dataclass(frozen=True, slots=True)
class MMDTest:
    """Squared discrepancy, and whether it could come from one domain.

    Args:
        value: Unbiased, so it may be below 0; at most 2.
        p_value: Of the hypothesis that both domains are one; at least ``1 / (1 + permutations)``.
        low: Lower end of the 95 % interval.
        high: Upper end of the 95 % interval.
        permutations: How many the test drew.
    """

    value: float
    p_value: float
    low: float
    high: float
    permutations: int


def kernel_matrix(source: ArrayLike, target: ArrayLike, scales: Sequence[float] = SCALES) -> Array:
    r"""Mean over ``scales`` of Gaussian kernels of all pairs, zero on the diagonal, shape ``(N, N)``, source first.

    .. math:: k(x, y) = \frac{1}{U} \sum_u \exp\Bigl(-\frac{\lVert x - y \rVert^2}{2 \sigma_u^2}\Bigr), \qquad
        \sigma_u^2 = \text{scale}_u \cdot \operatorname{median}_{i < j} \lVert z_i - z_j \rVert^2

    The median is over the pairs of both domains together. Where it is 0 all of the kernel is 1.
    """
    ours, theirs = two_domains(source, target)
    pooled = pool(torch.from_numpy(ours), torch.from_numpy(theirs))
    distances = squared_distances(pooled, pooled)
    median = float(np.median(distances.numpy()[np.triu_indices(len(pooled), 1)]))
    kernel = gaussians(distances, scales, median) / len(scales)
    matrix: Array = kernel.fill_diagonal_(0).numpy()
    return matrix


def mmd_of(kernel: Array, weights: Array) -> Array:
    r"""Unbiased squared MMD for many ways of weighing the samples, by two products with the kernel matrix.

    .. math:: \frac{w^\top K w}{(1^\top w)^2 - w^\top w} + \frac{v^\top K v}{(1^\top v)^2 - v^\top v}
        - 2 \frac{w^\top K v}{1^\top w \; 1^\top v}

    With weights 0 and 1 this is lemma 6 of the reference; whole numbers count a sample several times, and pairs of
    a sample with itself stay left out.

    Args:
        kernel: Zero on the diagonal, shape ``(N, N)``.
        weights: Of each sample in the source, then in the target, shape ``(2, N, P)``.

    Returns:
        Shape ``(P,)``.

    Reference:
        `A Kernel Two-Sample Test <https://jmlr.org/papers/v13/gretton12a.html>`_, eq. 3.
    """
    source, target = weights
    seen = kernel @ source, kernel @ target
    totals = source.sum(axis=0), target.sum(axis=0)
    within = [
        (weight * product).sum(axis=0) / (total**2 - (weight**2).sum(axis=0))
        for weight, product, total in zip(weights, seen, totals, strict=True)
    ]
    value: Array = within[0] + within[1] - 2 * (source * seen[1]).sum(axis=0) / (totals[0] * totals[1])
    return value


def mmd_test(
    source: ArrayLike,
    target: ArrayLike,
    *,
    scales: Sequence[float] = SCALES,
    permutations: int = 499,
    seed: int = 0,
) -> MMDTest:
    """Unbiased squared MMD with the p-value of a permutation test and a bootstrap interval.

    The p-value is ``(1 + b) / (1 + permutations)`` with ``b`` the permutations whose discrepancy is at least the
    observed one, which never rejects too often. The kernel matrix is computed once. The interval is the percentile
    interval of samples drawn with replacement within each domain. Where the domains are one it is a rough guide,
    because the estimate is not normal there: the test decides.

    Args:
        source: Features, shape ``(Ns, D)``.
        target: Features, shape ``(Nt, D)``.
        scales: Bandwidths as multiples of the median squared distance, all above 0.
        permutations: Of the test, and samples of the bootstrap; at least 1.
        seed: Of both.

    Raises:
        ValueError: Shapes that do not fit, or fewer than two samples in a domain.

    Reference:
        `A Kernel Two-Sample Test <https://jmlr.org/papers/v13/gretton12a.html>`_, eq. 3 and section 8; the median
        heuristic with several bandwidths in place of its single one. The p-value is that of
        `Permutation P-values Should Never Be Zero <https://arxiv.org/abs/1603.05766>`_.
    """
    check(permutations > 0, f'expected `permutations` above 0, got {permutations}')
    check(min(scales, default=0) > 0, f'expected `scales` above 0, got {tuple(scales)}')
    kernel, count = kernel_matrix(source, target, scales), len(np.asarray(source))
    draw = np.random.default_rng(seed)
    value, p_value = permutation_test(kernel, _first(count, len(kernel)), permutations, draw)
    low, high = np.quantile(
        mmd_of(kernel, _resampled(count, len(kernel), permutations, draw)), [0.025, 0.975]
    )
    return MMDTest(value, p_value, float(low), float(high), permutations)


def unbiased_mmd(source: ArrayLike, target: ArrayLike, *, scales: Sequence[float] = SCALES) -> float:
    """Unbiased squared MMD alone, under the kernel of ``kernel_matrix``."""
    kernel = kernel_matrix(source, target, scales)
    own = _first(len(np.asarray(source)), len(kernel))[:, None]
    return float(mmd_of(kernel, np.stack([own, 1 - own]))[0])


def permutation_test(
    kernel: Array, is_source: Array, permutations: int, draw: np.random.Generator
) -> tuple[float, float]:
    """Unbiased squared MMD of a labelling of the samples, and its p-value among random ones of the same sizes.

    Args:
        kernel: Of all pairs, zero on the diagonal, shape ``(N, N)``.
        is_source: 1 for samples of the source and 0 for others, shape ``(N,)``.
        permutations: Random labellings to draw.
        draw: What draws them.
    """
    own = is_source[:, None]
    shuffled = np.concatenate([own, draw.permuted(np.repeat(own, permutations, axis=1), axis=0)], axis=1)
    values = mmd_of(kernel, np.stack([shuffled, 1 - shuffled]))
    # sums of the same terms in another order differ in the last digits: a tie must count as one
    beyond = int((values[1:] >= values[0] - 1e-12).sum())
    return float(values[0]), (1 + beyond) / (1 + permutations)


def _first(count: int, total: int) -> Array:
    return (np.arange(total) < count).astype(np.float64)


def _resampled(count: int, total: int, times: int, draw: np.random.Generator) -> Array:
    """How often each sample is drawn, shape ``(2, total, times)``; never one sample alone."""
    weights = np.zeros((2, total, times))
    for side, part in enumerate((slice(None, count), slice(count, None))):
        size = len(range(total)[part])
        drawn = draw.multinomial(size, np.full(size, 1 / size), size=times).T
        alone = drawn.max(axis=0) == size
        drawn[:, alone] = 1
        weights[side, part] = drawn
    return weights
