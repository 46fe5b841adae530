"""Maximum mean discrepancy with a permutation test and an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike

from dann.core.errors import check
from dann.functional import mmd as functional
from dann.functional.kernels import SCALES, Bandwidth, check_kernels, pooled_kernel
from dann.shift.arrays import Array, two_domains


@dataclass(frozen=True, slots=True)
class MMDTest:
    """Squared discrepancy, and whether it could come from one domain.

    Args:
        value: Unbiased, so it may be below 0; at most twice the number of scales.
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


def kernel_matrix(
    source: ArrayLike, target: ArrayLike, scales: Sequence[float] = SCALES, bandwidth: Bandwidth = 'mean'
) -> Array:
    """Kernel of all pairs of both domains' samples, zero on the diagonal, shape ``(N, N)``, source first.

    The kernel is that of ``dann.functional.kernels``, under which the alignment ``MMD`` trains.

    Args:
        source: Features, shape ``(Ns, D)``.
        target: Features, shape ``(Nt, D)``.
        scales: Multiples of the bandwidth, one Gaussian each, all above 0.
        bandwidth: ``mean`` or ``median`` squared distance over the pairs of both domains together.
    """
    left, right = two_domains(source, target)
    kernel = pooled_kernel(torch.from_numpy(left), torch.from_numpy(right), scales, bandwidth)
    matrix: Array = kernel.fill_diagonal_(0).numpy()
    return matrix


def mmd_of_labellings(kernel: Array, is_source: Array) -> Array:
    r"""Unbiased squared MMD for many ways of calling samples source or target, by one product with the kernel matrix.

    .. math:: \frac{z^\top K z}{n (n - 1)} + \frac{\bar z^\top K \bar z}{m (m - 1)}
        - 2 \frac{z^\top K \bar z}{n m}, \qquad \bar z = 1 - z

    Args:
        kernel: Zero on the diagonal, shape ``(N, N)``.
        is_source: 1 for source and 0 for target, shape ``(N, P)``.

    Returns:
        Shape ``(P,)``.

    Reference:
        `A Kernel Two-Sample Test <https://jmlr.org/papers/v13/gretton12a.html>`_, eq. 3.
    """
    n = is_source.sum(axis=0)
    m = len(kernel) - n
    within = (is_source * (kernel @ is_source)).sum(axis=0)
    touched = kernel.sum(axis=0) @ is_source
    value: Array = (
        within / (n * (n - 1))
        + (kernel.sum() - 2 * touched + within) / (m * (m - 1))
        - 2 * (touched - within) / (n * m)
    )
    return value


def mmd_of_draws(kernel: Array, count: int, times: Array) -> Array:
    """Unbiased squared MMD of samples drawn with replacement; pairs of a sample with itself stay left out.

    Args:
        kernel: Zero on the diagonal, source first, shape ``(N, N)``.
        count: Samples of the source.
        times: How often each is drawn, shape ``(N, P)``.

    Returns:
        Shape ``(P,)``.
    """
    left, right = times[:count], times[count:]
    blocks = kernel[:count, :count], kernel[count:, count:]
    within = [
        (part * (block @ part)).sum(axis=0) / (part.sum(axis=0) ** 2 - (part**2).sum(axis=0))
        for block, part in zip(blocks, (left, right), strict=True)
    ]
    across = (left * (kernel[:count, count:] @ right)).sum(axis=0)
    value: Array = within[0] + within[1] - 2 * across / (left.sum(axis=0) * right.sum(axis=0))
    return value


def mmd_test(
    source: ArrayLike,
    target: ArrayLike,
    *,
    scales: Sequence[float] = SCALES,
    bandwidth: Bandwidth = 'mean',
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
        scales: Multiples of the bandwidth, one Gaussian kernel each, all above 0.
        bandwidth: ``mean`` or ``median`` squared distance over the pairs of both domains together.
        permutations: Of the test, and samples of the bootstrap; at least 1.
        seed: Of both.

    Raises:
        ValueError: Shapes that do not fit, or fewer than two samples in a domain.

    Reference:
        `A Kernel Two-Sample Test <https://jmlr.org/papers/v13/gretton12a.html>`_, eq. 3 and section 8, under
        the sum of kernels of ``dann.functional.kernels`` in place of a single one. The p-value is that of
        `Permutation P-values Should Never Be Zero <https://arxiv.org/abs/1603.05766>`_.
    """
    check(permutations > 0, f'expected `permutations` above 0, got {permutations}')
    check_kernels(scales, bandwidth)
    kernel, count = kernel_matrix(source, target, scales, bandwidth), len(np.asarray(source))
    draw = np.random.default_rng(seed)
    value, p_value = permutation_test(kernel, _first(count, len(kernel)), permutations, draw)
    drawn = mmd_of_draws(kernel, count, _redrawn(count, len(kernel), permutations, draw))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return MMDTest(value, p_value, float(low), float(high), permutations)


def unbiased_mmd(
    source: ArrayLike, target: ArrayLike, *, scales: Sequence[float] = SCALES, bandwidth: Bandwidth = 'mean'
) -> float:
    """Unbiased squared MMD alone, of arrays: the kernel matrix is never whole in memory.

    Args:
        source: Features, shape ``(Ns, D)``, ``Ns`` at least 2.
        target: Features, shape ``(Nt, D)``, ``Nt`` at least 2.
        scales: As for ``mmd_test``.
        bandwidth: As for ``mmd_test``.
    """
    left, right = map(torch.from_numpy, two_domains(source, target))
    return functional.unbiased_mmd(left, right, scales=scales, bandwidth=bandwidth)


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
    values = mmd_of_labellings(kernel, shuffled)
    # sums of the same terms in another order differ in the last digits: a tie must count as one
    beyond = int((values[1:] >= values[0] - 1e-12).sum())
    return float(values[0]), (1 + beyond) / (1 + permutations)


def _first(count: int, total: int) -> Array:
    return (np.arange(total) < count).astype(np.float64)


def _redrawn(count: int, total: int, times: int, draw: np.random.Generator) -> Array:
    """How often each sample is drawn, shape ``(total, times)``; never one of a domain alone."""
    parts = []
    for size in (count, total - count):
        drawn = draw.multinomial(size, np.full(size, 1 / size), size=times).T
        drawn[:, drawn.max(axis=0) == size] = 1
        parts.append(drawn)
    return np.concatenate(parts).astype(np.float64)
