"""Maximum mean discrepancy with several kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch

from dann.core.alignment import Alignment
from dann.core.schedules import Schedule, Sigmoid
from dann.core.search_space import Categorical, Search
from dann.core.views import Losses, View
from dann.functional.kernels import SCALES, Bandwidth, check_kernels
from dann.functional.layers import Layer, activations, check_layers
from dann.functional.mmd import Estimator, check_estimator, mmd

__all__ = ['MMD', 'mmd']


class MMD(Alignment):
    """Multi-kernel MMD between the two domains' layers, summed over layers, as in deep adaptation networks (DAN).

    Args:
        weight: The paper's lambda.
        schedule: Ramp of lambda over the run, see below; constant in the paper.
        scales: Multiples of the bandwidth, one Gaussian kernel each.
        estimator: ``unbiased``, ``biased`` or ``linear``; the paper's is ``linear``.
        layers: Any of ``features``, ``hidden`` (each hidden layer of the classifier), ``logits`` and
            ``probabilities``; the loss is the sum over them.
        bandwidth: ``mean`` or ``median`` squared distance of both domains' samples in the batch.

    Fails when:
        The domains hold different shares of the classes: equal marginals then mix classes up. With small batches
        the estimate is noise around zero; a kernel sum tuned to the mean distance sees no small, local shift.

    Reference:
        `Learning Transferable Features with Deep Adaptation Networks <https://arxiv.org/abs/1502.02791>`_
        (Long et al., ICML 2015), eqs. 2-4. By default on the bottleneck only, where the paper sums over the
        task-specific layers of AlexNet, and with the lower-variance quadratic estimator unless ``estimator``
        says otherwise. Paper and code keep lambda constant on a network that ImageNet has trained. From random weights
        a constant 1 keeps a network from learning the source at all, so that the ramp from 0 to 1 of
        `Joint Adaptation Networks <https://arxiv.org/abs/1605.06636>`_ (Long et al., ICML 2017), section 5.1, is
        the default; ``Constant`` is the paper's.
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
        schedule: Schedule = Sigmoid(gamma=10.0),
        scales: Sequence[float] = SCALES,
        estimator: Estimator = 'unbiased',
        layers: Sequence[Layer] = ('features',),
        bandwidth: Bandwidth = 'mean',
    ) -> None:
        super().__init__(weight, schedule)
        check_kernels(scales, bandwidth)
        check_estimator(estimator)
        self.scales = tuple(scales)
        self.bandwidth: Bandwidth = bandwidth
        self.estimator: Estimator = estimator
        self.layers = check_layers(layers)

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``mmd``."""
        left, right = activations(source, self.layers), activations(target, self.layers)
        values = [
            mmd(
                left[name],
                right[name],
                scales=self.scales,
                bandwidth=self.bandwidth,
                estimator=self.estimator,
            )
            for name in left
        ]
        return {'mmd': strength * torch.stack(values).sum()}
