"""Maximum mean discrepancy with several kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from dann.core.alignment import Alignment
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Categorical, Search
from dann.core.views import Losses, View
from dann.functional.kernels import (
    SCALES,
    Estimator,
    check_kernels,
    discrepancy,
    gaussians,
    mean_distance,
)
from dann.functional.layers import Layer, activations, check_layers
from dann.functional.shapes import check_features


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
    check_kernels(scales, estimator)
    check_features(source, target)
    bandwidth = mean_distance(torch.cat([source, target]))
    kernels = [lambda distances: gaussians(distances, scales, bandwidth)]
    return discrepancy([source], [target], kernels, estimator)


class MMD(Alignment):
    """Multi-kernel MMD between the two domains' layers, summed over layers, as in deep adaptation networks (DAN).

    Args:
        weight: The paper's lambda.
        schedule: How the strength grows with progress; constant in the paper.
        scales: Bandwidths as multiples of the mean squared distance.
        estimator: ``unbiased``, ``biased`` or ``linear``; the paper's is ``linear``.
        layers: Any of ``features``, ``hidden`` (each hidden layer of the classifier), ``logits`` and
            ``probabilities``; the loss is the sum over them.

    Fails when:
        The domains hold different shares of the classes: equal marginals then mix classes up. With small batches
        the estimate is noise around zero; a kernel sum tuned to the mean distance sees no small, local shift.

    Reference:
        `Learning Transferable Features with Deep Adaptation Networks <https://arxiv.org/abs/1502.02791>`_
        (Long et al., ICML 2015), eqs. 2-4. By default on the bottleneck only, where the paper sums over the
        task-specific layers of AlexNet, and with the lower-variance quadratic estimator unless ``estimator``
        says otherwise.
    """

    family: ClassVar[str] = 'mmd'
    search: ClassVar[Search] = {
        **Alignment.search,
        'estimator': Categorical(('unbiased', 'biased', 'linear')),
        'layers': Categorical((['features'], ['features', 'logits'])),
    }

    def __init__(
        self,
        weight: float = 1.0,
        schedule: Schedule = Constant(),
        scales: Sequence[float] = SCALES,
        estimator: Estimator = 'unbiased',
        layers: Sequence[Layer] = ('features',),
    ) -> None:
        super().__init__(weight, schedule)
        check_kernels(scales, estimator)
        self.scales = tuple(scales)
        self.estimator: Estimator = estimator
        self.layers = check_layers(layers)

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``mmd``."""
        ours, theirs = activations(source, self.layers), activations(target, self.layers)
        values = [
            mmd(ours[name], theirs[name], scales=self.scales, estimator=self.estimator) for name in ours
        ]
        return {'mmd': strength * torch.stack(values).sum()}
