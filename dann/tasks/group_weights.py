"""Groups weighted so that each counts as much as any other."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from dann.core.fairness import By, Fairness, cells, check_by, equal_weights, most_cells
from dann.core.views import View


class GroupWeights(Fairness):
    r"""Weighs every source sample by how rare its group is, so that groups count alike.

    .. math:: \frac{1}{B} \sum_i \frac{N}{G \, n_{g_i}} \ell_i

    over the :math:`G` groups that have samples; the mean weight over the training split is 1.

    Args:
        by: What is weighted: every ``group``, or every class within a group, ``class_group``.

    Fails when:
        A group is so small that its few samples are learned by heart; ``sampling`` of the data has the same aim and
        varies less from step to step.

    Reference:
        Byrd and Lipton, `What is the Effect of Importance Weighting in Deep Learning?
        <https://arxiv.org/abs/1812.03372>`_, ICML 2019: where a network fits every sample, weights change little.
    """

    weights: Tensor
    needs_groups: ClassVar[bool] = True

    def __init__(self, by: By = 'group') -> None:
        super().__init__()
        check_by(by)
        self.by: By = by

    def build(self, num_classes: int) -> None:
        """Begin with equal weights."""
        self.num_classes = num_classes
        self.register_buffer('weights', torch.ones(most_cells(self.by, num_classes)))

    def learn(self, labels: Tensor, groups: Tensor | None) -> None:
        """Weigh groups by their number of samples."""
        own = cells(self.by, labels, groups, self.num_classes).cpu()
        self.weights.copy_(equal_weights(torch.bincount(own, minlength=len(self.weights))))

    def forward(self, losses: Tensor, view: View, groups: Tensor | None) -> Tensor:
        """Return the weighted mean."""
        assert view.labels is not None
        return (self.weights[cells(self.by, view.labels, groups, self.num_classes)] * losses).mean()
