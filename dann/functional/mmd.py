"""Maximum mean discrepancy: its estimators, on batches with a gradient or on whole splits block by block."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Literal, get_args

import torch
from torch import Tensor

from dann.core.errors import check
from dann.functional.distances import blocks, pool, squared_distances
from dann.functional.kernel_sums import PairWeights, kernel_sum
from dann.functional.kernels import (
    SCALES,
    Bandwidth,
    Gaussians,
    Kernel,
    bandwidth_of,
    check_kernels,
    summed_gaussians,
)
from dann.functional.shapes import check_features

Estimator = Literal['unbiased', 'biased', 'linear']


def check_estimator(estimator: Estimator) -> None:
    """Raise ``ValueError`` unless the estimator is known."""
    known = get_args(Estimator)
    check(estimator in known, f'expected `estimator` to be one of {known}, got {estimator!r}')


def mmd(
    source: Tensor,
    target: Tensor,
    *,
    scales: Sequence[float] = SCALES,
    bandwidth: Bandwidth = 'mean',
    estimator: Estimator = 'unbiased',
) -> Tensor:
    r"""Squared maximum mean discrepancy under the kernel of ``dann.functional.kernels``.

    .. math::
        \mathrm{MMD}^2 = \mathbb{E}\,k(s, s') + \mathbb{E}\,k(t, t') - 2\,\mathbb{E}\,k(s, t), \qquad
        k(x, y) = \sum_u \exp\Bigl(-\frac{\lVert x - y\rVert^2}{2 \sigma_u^2}\Bigr)

    The bandwidth is :math:`\sigma_u^2 = \text{scale}_u \cdot \overline{\lVert z_i - z_j \rVert^2}`, the mean
    taken over all pairs ``i != j`` of the pooled batch and held constant in the gradient.

    Args:
        source: Features, shape ``(Bs, D)``.
        target: Features, shape ``(Bt, D)``.
        scales: One Gaussian for each, all above 0; the result is at most twice their number.
        bandwidth: ``mean``, or ``median`` for the median of the same squared distances.
        estimator: ``unbiased`` leaves the pairs ``i == i`` out of the within-domain means (a U-statistic, may be
            negative); ``biased`` keeps them (a V-statistic, at least 0); ``linear`` pairs the batch up once, in
            linear time and with more variance.

    Returns:
        A scalar. Memory grows with the samples and not with their square, but for the median's distances; the
        quadratic estimators can be differentiated once.

    Raises:
        ValueError: Shapes that do not fit, too few samples, or an unknown estimator.

    Reference:
        `A Kernel Two-Sample Test <https://jmlr.org/papers/v13/gretton12a.html>`_, eqs. 3 and 5 and lemma 14;
        `Learning Transferable Features with Deep Adaptation Networks <https://arxiv.org/abs/1502.02791>`_, eq. 3,
        with equal kernel weights instead of the paper's learned ones, as in the authors' code.
    """
    check_kernels(scales, bandwidth)
    check_estimator(estimator)
    check_features(source, target)
    width = bandwidth_of(torch.cat([source, target]), bandwidth)
    return discrepancy([source], [target], [Gaussians(scales, width)], estimator)


def unbiased_mmd(
    source: Tensor, target: Tensor, *, scales: Sequence[float] = SCALES, bandwidth: Bandwidth = 'mean'
) -> float:
    """The unbiased ``mmd`` of whole splits, in float64 and without a gradient.

    Kernel values are computed in blocks of rows, so that memory grows with the samples and not with their square;
    the median heuristic alone needs all distances at once.

    Args:
        source: Features, shape ``(Ns, D)``, at least two samples.
        target: Features, shape ``(Nt, D)``, at least two samples.
        scales: As for ``mmd``.
        bandwidth: As for ``mmd``.

    Raises:
        ValueError: Shapes that do not fit, or too few samples.
    """
    check_kernels(scales, bandwidth)
    check_features(source, target, at_least=2)
    pooled = pool(source.detach().double(), target.detach().double())
    width = bandwidth_of(pooled, bandwidth)
    x, y = pooled[: len(source)], pooled[len(source) :]

    within = sum(_kernel_total(each, each, scales, width) / (len(each) * (len(each) - 1)) for each in (x, y))
    return within - 2 * _kernel_total(x, y, scales, width) / (len(x) * len(y))


def _kernel_total(one: Tensor, other: Tensor, scales: Sequence[float], width: Tensor) -> float:
    """Sum of the kernel over all pairs, block by block; without the pairs of a sample and itself for one domain."""
    within, value = other is one, 0.0
    for rows in blocks(len(one)):
        # within a domain the kernel is symmetric: from the block's own columns on, and those after it twice
        kernel = summed_gaussians(
            squared_distances(one[rows], other[rows.start if within else 0 :]), scales, width
        )
        size = len(kernel)
        own = kernel[:, :size].sum() - kernel.diagonal().sum() + 2 * kernel[:, size:].sum()
        value += float(own if within else kernel.sum())
    return value


def discrepancy(
    sources: Sequence[Tensor], targets: Sequence[Tensor], kernels: Sequence[Kernel], estimator: Estimator
) -> Tensor:
    """Squared mean discrepancy under the product over layers of each layer's kernel.

    Args:
        sources: Each layer's outputs, shape ``(Bs, D)``; ``D`` may differ between layers.
        targets: The same of the target, shape ``(Bt, D)``.
        kernels: For each layer, squared distances to kernel values. Where all are ``Gaussians``, memory grows with
            the samples; where one is any other function, with their square.
        estimator: As for ``mmd``.

    Returns:
        A scalar.

    Raises:
        ValueError: Shapes that do not fit, or too few samples for the estimator.
    """
    for source, target in zip(sources, targets, strict=True):
        check_features(source, target, at_least=1 if estimator == 'biased' else 2)
    if estimator == 'linear':
        return _linear(sources, targets, kernels)
    pooled = [pool(source, target) for source, target in zip(sources, targets, strict=True)]
    unbiased, gaussian = estimator == 'unbiased', [kind for kind in kernels if isinstance(kind, Gaussians)]
    if len(gaussian) == len(kernels):
        return kernel_sum(pooled, gaussian, _weights(sources[0], targets[0], unbiased=unbiased))
    values = [kernel(squared_distances(x, x)) for x, kernel in zip(pooled, kernels, strict=True)]
    return _quadratic(_product(values), len(sources[0]), unbiased=unbiased)


def _weights(source: Tensor, target: Tensor, *, unbiased: bool) -> PairWeights:
    counts = len(source), len(target)
    within = [1 / (count * (count - unbiased)) for count in counts]
    across = -1 / (counts[0] * counts[1])
    dtype = torch.promote_types(source.dtype, torch.float32)
    between = torch.tensor([[within[0], across], [across, within[1]]], dtype=dtype, device=source.device)
    domains = torch.arange(sum(counts), device=source.device) >= counts[0]
    return PairWeights(torch.eye(2, dtype=dtype, device=source.device)[domains.long()], between, not unbiased)


def _product(values: Sequence[Tensor]) -> Tensor:
    return reduce(torch.mul, values)


def _quadratic(kernel: Tensor, count: int, *, unbiased: bool) -> Tensor:
    across = kernel[:count, count:].mean()
    within = kernel[:count, :count], kernel[count:, count:]
    if not unbiased:
        return within[0].mean() + within[1].mean() - 2 * across
    means = [(block.sum() - block.trace()) / (len(block) * (len(block) - 1)) for block in within]
    return means[0] + means[1] - 2 * across


def _linear(sources: Sequence[Tensor], targets: Sequence[Tensor], kernels: Sequence[Kernel]) -> Tensor:
    pairs = 2 * (min(len(sources[0]), len(targets[0])) // 2)
    quads = [
        (source[0:pairs:2], source[1:pairs:2], target[0:pairs:2], target[1:pairs:2])
        for source, target in zip(sources, targets, strict=True)
    ]

    def value(one: int, other: int) -> Tensor:
        gaps = [(quad[one] - quad[other]).square().sum(dim=1) for quad in quads]
        return _product([kernel(gap) for gap, kernel in zip(gaps, kernels, strict=True)])

    return (value(0, 1) + value(2, 3) - value(0, 3) - value(1, 2)).mean()
