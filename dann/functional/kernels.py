"""Gaussian kernels, and the estimators of a mean discrepancy under them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Literal, get_args

import torch
from torch import Tensor

from dann.core.errors import check
from dann.functional.shapes import check_features

Estimator = Literal['unbiased', 'biased', 'linear']
Kernel = Callable[[Tensor], Tensor]
SCALES = (0.125, 0.25, 0.5, 1.0, 2.0)


def check_kernels(scales: Sequence[float], estimator: Estimator = 'unbiased') -> None:
    """Raise ``ValueError`` unless all ``scales`` are above 0 and the estimator is known."""
    known = get_args(Estimator)
    check(estimator in known, f'expected `estimator` to be one of {known}, got {estimator!r}')
    check(min(scales, default=0) > 0, f'expected `scales` above 0, got {tuple(scales)}')


def pool(source: Tensor, target: Tensor) -> Tensor:
    """Both domains, source first, moved so that their common mean is the origin.

    Distances do not change, but the matrix product behind ``squared_distances`` cancels less: features far from
    the origin would lose all their digits. The mean is detached, as its gradient is zero.
    """
    pooled = torch.cat([source, target])
    return pooled - pooled.detach().mean(dim=0)


def squared_distances(x: Tensor, y: Tensor) -> Tensor:
    """Squared Euclidean distances of all pairs, shape ``(len(x), len(y))``, through one matrix product."""
    norms = x.square().sum(dim=1)[:, None] + y.square().sum(dim=1)
    return torch.addmm(norms, x, y.T, alpha=-2).clamp(min=0)


def mean_distance(pooled: Tensor) -> Tensor:
    """Mean squared distance over pairs ``i != j``, detached: twice the total sample variance."""
    return 2 * pooled.detach().var(dim=0).sum()


def gaussians(distances: Tensor, scales: Sequence[float], bandwidth: Tensor | float) -> Tensor:
    """Sum over ``scales`` of Gaussian kernels of squared ``distances``; all ones where all samples are equal."""
    width = torch.as_tensor(bandwidth, dtype=distances.dtype, device=distances.device)
    exponent = distances / (-2 * width.where(width > torch.finfo(width.dtype).tiny, 1))
    return torch.stack([(exponent / scale).exp() for scale in scales]).sum(dim=0)


def pooled_kernel(source: Tensor, target: Tensor, scales: Sequence[float]) -> Tensor:
    """Kernel values of all pairs of both domains' samples, source first, shape ``(Bs + Bt, Bs + Bt)``.

    Raises:
        ValueError: Shapes that do not fit, or ``scales`` that are not above 0.
    """
    check_kernels(scales)
    check_features(source, target)
    pooled = pool(source, target)
    return gaussians(squared_distances(pooled, pooled), scales, mean_distance(pooled))


def discrepancy(
    sources: Sequence[Tensor], targets: Sequence[Tensor], kernels: Sequence[Kernel], estimator: Estimator
) -> Tensor:
    """Squared mean discrepancy under the product over layers of each layer's kernel.

    Args:
        sources: Each layer's outputs, shape ``(Bs, D)`` with a ``D`` of its own.
        targets: The same of the target, shape ``(Bt, D)``.
        kernels: For each layer, squared distances to kernel values.
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
    return _quadratic(
        _product([kernel(squared_distances(x, x)) for x, kernel in zip(pooled, kernels, strict=True)]),
        len(sources[0]),
        unbiased=estimator == 'unbiased',
    )


def _product(values: Sequence[Tensor]) -> Tensor:
    return reduce(torch.mul, values)


def _quadratic(kernel: Tensor, count: int, *, unbiased: bool) -> Tensor:
    across = kernel[:count, count:].mean()
    blocks = kernel[:count, :count], kernel[count:, count:]
    if not unbiased:
        return blocks[0].mean() + blocks[1].mean() - 2 * across
    means = [(block.sum() - block.trace()) / (len(block) * (len(block) - 1)) for block in blocks]
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
