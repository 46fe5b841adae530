"""Maximum mean discrepancy with several kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import torch
from torch import Tensor

from dann.errors import check
from dann.methods.alignment.base import Alignment
from dann.methods.alignment.shapes import check_features
from dann.schedules import Constant, Schedule
from dann.views import Losses, View

Estimator = Literal['unbiased', 'biased', 'linear']
SCALES = (0.125, 0.25, 0.5, 1.0, 2.0)


def squared_distances(x: Tensor, y: Tensor) -> Tensor:
    """Squared Euclidean distances of all pairs, shape ``(len(x), len(y))``, through one matrix product."""
    norms = x.square().sum(dim=1)[:, None] + y.square().sum(dim=1)
    return torch.addmm(norms, x, y.T, alpha=-2).clamp(min=0)


def mmd(
    source: Tensor,
    target: Tensor,
    *,
    scales: Sequence[float] = SCALES,
    estimator: Estimator = 'unbiased',
) -> Tensor:
    r"""Squared maximum mean discrepancy under a sum of Gaussian kernels.

    .. math::
        \mathrm{MMD}^2 = \mathbb{E}\,k(s, s') + \mathbb{E}\,k(t, t') - 2\,\mathbb{E}\,k(s, t), \qquad
        k(x, y) = \sum_u \exp\Bigl(-\frac{\lVert x - y\rVert^2}{2 \sigma_u^2}\Bigr)

    The bandwidth is :math:`\sigma_u^2 = \text{scale}_u \cdot \overline{\lVert z_i - z_j \rVert^2}`, the mean
    taken over all pairs ``i != j`` of the pooled batch and held constant in the gradient.

    Args:
        source: Features, shape ``(Bs, D)``.
        target: Features, shape ``(Bt, D)``.
        scales: One kernel for each, all above 0.
        estimator: ``unbiased`` leaves the pairs ``i == i`` out of the within-domain means (a U-statistic, may be
            negative); ``biased`` keeps them (a V-statistic, at least 0); ``linear`` pairs the batch up once, in
            linear time and with more variance.

    Returns:
        A scalar.

    Raises:
        ValueError: Shapes that do not fit, too few samples, or an unknown estimator.

    Reference:
        `A Kernel Two-Sample Test <https://jmlr.org/papers/v13/gretton12a.html>`_, eqs. 3 and 5 and lemma 14;
        `Learning Transferable Features with Deep Adaptation Networks <https://arxiv.org/abs/1502.02791>`_, eq. 3,
        with equal kernel weights instead of the paper's learned ones, as in the authors' code.
    """
    check(
        estimator in get_args(Estimator),
        f'expected `estimator` to be one of {get_args(Estimator)}, got {estimator!r}',
    )
    check(min(scales, default=0) > 0, f'expected `scales` above 0, got {tuple(scales)}')
    check_features(source, target, at_least=1 if estimator == 'biased' else 2)
    pooled = torch.cat([source, target])
    if estimator == 'linear':
        return _linear(source, target, scales, _bandwidth(pooled))
    distances = squared_distances(pooled, pooled)
    n, m = len(source), len(target)
    bandwidth = distances.detach().fill_diagonal_(0).sum() / max(len(pooled) * (len(pooled) - 1), 1)
    kernel = gaussians(distances, scales, bandwidth)
    within, across = (kernel[:n, :n], kernel[n:, n:]), kernel[:n, n:].mean()
    if estimator == 'biased':
        return within[0].mean() + within[1].mean() - 2 * across
    means = [
        (block.sum() - block.trace()) / (size * (size - 1))
        for block, size in zip(within, (n, m), strict=True)
    ]
    return means[0] + means[1] - 2 * across


def gaussians(distances: Tensor, scales: Sequence[float], bandwidth: Tensor) -> Tensor:
    """Sum over ``scales`` of Gaussian kernels of squared ``distances``; all ones where all samples are equal."""
    exponent = distances / (-2 * bandwidth.clamp(min=torch.finfo(bandwidth.dtype).tiny))
    return torch.stack([(exponent / scale).exp() for scale in scales]).sum(dim=0)


def _bandwidth(pooled: Tensor) -> Tensor:
    """Mean squared distance over pairs ``i != j`` in linear time: twice the total sample variance."""
    return 2 * pooled.detach().var(dim=0).sum()


def _linear(source: Tensor, target: Tensor, scales: Sequence[float], bandwidth: Tensor) -> Tensor:
    pairs = 2 * (min(len(source), len(target)) // 2)
    a, b, c, d = source[0:pairs:2], source[1:pairs:2], target[0:pairs:2], target[1:pairs:2]

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        return gaussians((x - y).square().sum(dim=1), scales, bandwidth)

    return (kernel(a, b) + kernel(c, d) - kernel(a, d) - kernel(b, c)).mean()


class MMD(Alignment):
    """Multi-kernel MMD between the two domains' features, as in deep adaptation networks (DAN).

    Args:
        weight: The paper's lambda.
        schedule: How the strength grows with progress; constant in the paper.
        scales: Bandwidths as multiples of the mean squared distance.
        estimator: ``unbiased``, ``biased`` or ``linear``; the paper's is ``linear``.

    Reference:
        `Learning Transferable Features with Deep Adaptation Networks <https://arxiv.org/abs/1502.02791>`_
        (Long et al., ICML 2015), eqs. 2-4. On the bottleneck only, not on several layers, and with the
        lower-variance quadratic estimator unless ``estimator`` says otherwise.
    """

    family = 'mmd'

    def __init__(
        self,
        weight: float = 1.0,
        schedule: Schedule = Constant(),
        scales: Sequence[float] = SCALES,
        estimator: Estimator = 'unbiased',
    ) -> None:
        super().__init__(weight, schedule)
        self.scales = tuple(scales)
        self.estimator: Estimator = estimator

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``mmd``."""
        value = mmd(source.features, target.features, scales=self.scales, estimator=self.estimator)
        return {'mmd': strength * value}
