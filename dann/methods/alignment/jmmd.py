"""Joint maximum mean discrepancy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from dann.core.alignment import Alignment
from dann.core.errors import check
from dann.core.schedules import Schedule, Sigmoid
from dann.core.search_space import Categorical, Search
from dann.core.views import Losses, View
from dann.functional.kernels import SCALES, Gaussians, check_kernels, mean_distance
from dann.functional.layers import Layer, activations, check_layers
from dann.functional.mmd import Estimator, check_estimator, discrepancy


def jmmd(
    sources: Sequence[Tensor],
    targets: Sequence[Tensor],
    *,
    scales: Sequence[float] = SCALES,
    variances: Sequence[float | None] | None = None,
    estimator: Estimator = 'unbiased',
) -> Tensor:
    r"""Squared maximum mean discrepancy of the joint distribution of several layers.

    .. math::
        \mathrm{JMMD}^2 = \mathbb{E}\,k(s, s') + \mathbb{E}\,k(t, t') - 2\,\mathbb{E}\,k(s, t), \qquad
        k(x, y) = \prod_\ell k_\ell(x^\ell, y^\ell)

    Each layer's kernel is that of ``mmd``, a sum of Gaussians, or one Gaussian of fixed variance.

    Args:
        sources: Outputs of each layer, shape ``(Bs, D)``; ``D`` may differ between layers.
        targets: The same of the target, shape ``(Bt, D)``.
        scales: One Gaussian for each, as for ``mmd``.
        variances: For each layer, the fixed variance sigma squared of its only Gaussian, above 0, or ``None`` for
            the sum over ``scales``; all ``None`` where not given.
        estimator: As for ``mmd``.

    Returns:
        A scalar; with one layer, ``mmd`` of it. Memory and derivatives are as with ``mmd``.

    Raises:
        ValueError: Shapes that do not fit, too few samples, or an unknown estimator.

    Reference:
        `Deep Transfer Learning with Joint Adaptation Networks <https://arxiv.org/abs/1605.06636>`_, eqs. 8-10.
    """
    check_kernels(scales)
    check_estimator(estimator)
    fixed = [None] * len(sources) if variances is None else variances
    kernels = [
        _kernel(torch.cat(both), scales, variance)
        for *both, variance in zip(sources, targets, fixed, strict=True)
    ]
    return discrepancy(sources, targets, kernels, estimator)


def _kernel(pooled: Tensor, scales: Sequence[float], variance: float | None) -> Gaussians:
    return Gaussians(scales, mean_distance(pooled)) if variance is None else Gaussians((1.0,), variance)


class JMMD(Alignment):
    """Joint MMD over features and predictions, as in joint adaptation networks (JAN).

    Args:
        weight: The paper's highest lambda.
        schedule: Ramp of lambda over the run.
        scales: Bandwidths as multiples of the mean squared distance, for every layer but the probabilities.
        variance: Variance sigma squared of the one Gaussian on the probabilities, as
            ``exp(-distance / (2 variance))``; ``None`` treats them as any other layer.
        estimator: ``unbiased``, ``biased`` or ``linear``; the paper's is ``linear``.
        layers: Any of ``features``, ``hidden``, ``logits`` and ``probabilities``; their kernels are multiplied.

    Fails when:
        Target predictions are wrong but confident: the joint distribution then binds features to wrong classes.
        The product of kernels vanishes for distant samples, so that many layers leave little gradient.

    Reference:
        `Deep Transfer Learning with Joint Adaptation Networks <https://arxiv.org/abs/1605.06636>`_ (Long et
        al., ICML 2017), eqs. 8-10 and 13. The paper takes its bandwidth from the median distance; the defaults
        here are the authors' code: five kernels around the mean squared distance on the features and one of
        ``exp(-distance / 1.68)`` on the probabilities. The estimator is the lower-variance quadratic one unless
        ``estimator`` says otherwise. The adversarial variant (JAN-A) is not implemented.
    """

    family: ClassVar[str] = 'mmd'
    search: ClassVar[Search] = {
        **Alignment.search,
        'estimator': Categorical(('unbiased', 'biased', 'linear')),
        'variance': Categorical((0.84, None)),
        'layers': Categorical((['features', 'probabilities'], ['features', 'logits'])),
    }

    def __init__(
        self,
        weight: float = 1.0,
        schedule: Schedule = Sigmoid(gamma=10.0),
        scales: Sequence[float] = SCALES,
        variance: float | None = 0.84,
        estimator: Estimator = 'unbiased',
        layers: Sequence[Layer] = ('features', 'probabilities'),
    ) -> None:
        super().__init__(weight, schedule)
        check_kernels(scales)
        check_estimator(estimator)
        check(variance is None or variance > 0, f'expected `variance` above 0, got {variance}')
        self.scales = tuple(scales)
        self.variance = variance
        self.estimator: Estimator = estimator
        self.layers = check_layers(layers)

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``jmmd``."""
        left, right = activations(source, self.layers), activations(target, self.layers)
        value = jmmd(
            list(left.values()),
            list(right.values()),
            scales=self.scales,
            variances=[self.variance if name == 'probabilities' else None for name in left],
            estimator=self.estimator,
        )
        return {'jmmd': strength * value}
