"""Local maximum mean discrepancy: one for each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.alignment import Alignment
from dann.core.batch_norm import BatchNormPolicy
from dann.core.schedules import Schedule, Sigmoid
from dann.core.search_space import Categorical, Float, Search
from dann.core.views import Losses, View
from dann.functional.distances import pool
from dann.functional.kernel_sums import PairWeights, kernel_sum
from dann.functional.kernels import SCALES, Gaussians, bandwidth_of, check_kernels
from dann.functional.labels import labels_of
from dann.functional.layers import Layer, activations, check_layers
from dann.functional.shapes import check_features


def lmmd(
    source: Tensor,
    target: Tensor,
    labels: Tensor,
    probabilities: Tensor,
    *,
    scales: Sequence[float] = SCALES,
    predicted: bool = False,
) -> Tensor:
    r"""Mean over classes of the squared MMD between the samples weighted by their membership in the class.

    .. math::
        \mathrm{LMMD} = \frac{1}{C} \sum_c \Bigl\lVert \sum_i \omega^{sc}_i \phi(s_i)
        - \sum_j \omega^{tc}_j \phi(t_j) \Bigr\rVert^2, \qquad \omega_i^c = \frac{y_{ic}}{\sum_j y_{jc}}

    Source memberships are the labels, target memberships the predicted probabilities, into which no gradient flows. The
    kernel is that of ``mmd``.

    Args:
        source: Features, shape ``(Bs, D)``.
        target: Features, shape ``(Bt, D)``.
        labels: Source classes, shape ``(Bs,)``.
        probabilities: Target predictions, shape ``(Bt, C)``.
        scales: One kernel for each, all above 0.
        predicted: Also leave out the classes that no target sample is predicted as.

    Returns:
        A scalar of at least 0; 0 where no class is left. Memory and derivatives are as with ``mmd``.

    Raises:
        ValueError: Shapes that do not fit.

    Reference:
        `Deep Subdomain Adaptation Network for Image Classification <https://arxiv.org/abs/2106.09388>`_, eqs. 5-8.
        A class without a source sample has no weights; it is left out of the mean.
    """
    check_kernels(scales)
    check_features(source, target)
    weights = class_weights(labels, probabilities.to(source.dtype), predicted=predicted)
    kept = (weights != 0).any(dim=0).sum()
    classes = torch.eye(weights.shape[1], dtype=weights.dtype, device=weights.device) / kept.clamp(min=1)
    kernel = Gaussians(scales, bandwidth_of(torch.cat([source, target])))
    return kernel_sum([pool(source, target)], [kernel], PairWeights(weights, classes))


def class_weights(labels: Tensor, probabilities: Tensor, *, predicted: bool = False) -> Tensor:
    """Signed weights of the pooled samples, source first, shape ``(Bs + Bt, C)``.

    Each class weighs its source samples 1 in sum and its target samples -1, or none at all where it is left out.
    """
    ones = F.one_hot(labels, probabilities.shape[1]).to(probabilities.dtype)
    counts, mass = ones.sum(dim=0), probabilities.sum(dim=0)
    kept = (counts > 0) & (mass > 0)
    if predicted:
        kept &= F.one_hot(probabilities.argmax(dim=1), probabilities.shape[1]).any(dim=0)
    return torch.cat([ones / counts.clamp(min=1), -probabilities / mass.where(kept, 1)]) * kept


class LMMD(Alignment):
    """Class-wise MMD with source labels and soft target predictions, as in deep subdomain adaptation (DSAN).

    Args:
        weight: The highest lambda: 0.5 in the authors' code, 1 in the paper.
        schedule: Ramp of lambda over the run.
        scales: Bandwidths as multiples of the mean squared distance.
        layers: Any of ``features``, ``hidden``, ``logits`` and ``probabilities``; the loss is the sum over them.
        predicted: Also leave out the classes that no target sample is predicted as, as the authors' code does.

    Fails when:
        Early target predictions are wrong: the classes are then matched wrongly and the mistake is confirmed.
        Batches hold few samples a class: the noise of each class's mean adds to the loss and is least where all
        features are equal, so that a weight of 1 can drive every feature of a network without batch norm to zero.

    Reference:
        `Deep Subdomain Adaptation Network for Image Classification <https://arxiv.org/abs/2106.09388>`_
        (Zhu et al., TNNLS 2020), eqs. 5-9, with the weight of the authors' code. Classes without a source sample
        in the batch are left out. No gradient flows through the weights, as in the authors' code.
    """

    family: ClassVar[str] = 'class-conditional'
    batch_norm_policy: BatchNormPolicy = 'separate'
    search: ClassVar[Search] = {
        **Alignment.search,
        'weight': Float(0.05, 5, log=True),
        'predicted': Categorical((False, True)),
    }

    def __init__(
        self,
        weight: float = 0.5,
        schedule: Schedule = Sigmoid(gamma=10.0),
        scales: Sequence[float] = SCALES,
        layers: Sequence[Layer] = ('features',),
        *,
        predicted: bool = False,
    ) -> None:
        super().__init__(weight, schedule)
        check_kernels(scales)
        self.scales = tuple(scales)
        self.layers = check_layers(layers)
        self.predicted = predicted

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``lmmd``."""
        labels, probabilities = labels_of(source), target.probabilities
        left, right = activations(source, self.layers), activations(target, self.layers)
        values = [
            lmmd(left[name], right[name], labels, probabilities, scales=self.scales, predicted=self.predicted)
            for name in left
        ]
        return {'lmmd': strength * torch.stack(values).sum()}
