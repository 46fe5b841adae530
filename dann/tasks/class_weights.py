"""Classes weighted by how rare they are."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from dann.core.errors import check
from dann.core.fairness import Fairness
from dann.core.search_space import Float, Search
from dann.core.views import View


class ClassWeights(Fairness):
    r"""Weighs every source sample by the effective number of samples of its class.

    .. math:: \frac{1}{B} \sum_i w_{y_i} \ell_i, \qquad w_y \propto \frac{1 - \beta}{1 - \beta^{n_y}}

    with weights that sum to the number of classes that have samples. ``beta`` 1 stands for the limit, the inverse
    frequency :math:`1 / n_y`; 0 leaves every class its own number of samples.

    Args:
        beta: In [0, 1]; the nearer to 1, the more a rare class counts.

    Fails when:
        The target's classes are as rare as the source's: then rare ones are predicted too often.

    Reference:
        `Class-Balanced Loss Based on Effective Number of Samples <https://arxiv.org/abs/1901.05555>`_ (Cui et al.,
        CVPR 2019), section 4.
    """

    weights: Tensor
    search: ClassVar[Search] = {'beta': Float(0.9, 1)}

    def __init__(self, beta: float = 1.0) -> None:
        super().__init__()
        check(0 <= beta <= 1, f'expected `beta` in [0, 1], got {beta}')
        self.beta = beta

    def build(self, num_classes: int) -> None:
        """Begin with equal weights."""
        self.register_buffer('weights', torch.ones(num_classes))

    def learn(self, labels: Tensor, groups: Tensor | None) -> None:
        """Weigh classes by their number of samples."""
        counts = torch.bincount(labels.cpu(), minlength=len(self.weights))
        self.weights.copy_(effective_weights(counts, self.beta))

    def forward(self, losses: Tensor, view: View, groups: Tensor | None) -> Tensor:
        """Return the weighted mean."""
        return (self.weights[view.labels] * losses).mean()


def effective_weights(counts: Tensor, beta: float) -> Tensor:
    """Return a weight for each class, shape ``(C,)``: 0 for one without samples, and together as many as the others.

    Args:
        counts: Samples of each class, shape ``(C,)``.
        beta: In [0, 1]; 1 for the inverse frequency.
    """
    known = counts > 0
    sizes = counts.clamp(min=1).double()
    number = sizes if beta == 1 else (1 - beta**sizes) / (1 - beta)
    weights = torch.where(known, 1 / number, 0.0)
    return (weights * (known.sum() / weights.sum())).float()
