"""The worst group of the source, made better."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from dann.core.errors import check
from dann.core.fairness import By, Fairness, cells, check_by, most_cells
from dann.core.search_space import Float, Search
from dann.core.views import View


class GroupDRO(Fairness):
    r"""Trains against the group that fares worst: weights of groups rise exponentially with their losses.

    .. math:: q_g \leftarrow \frac{q_g \exp(\eta \, \ell_g)}{\sum_{g'} q_{g'} \exp(\eta \, \ell_{g'})}, \qquad
        L = \sum_g q_g \, \ell_g

    with :math:`\ell_g` the mean loss of a group's samples in the batch plus :math:`C / \sqrt{n_g}`, 0 for a group that
    the batch lacks. A method that computes the source loss several times a step moves the weights as often.

    Args:
        eta: Step size of the weights, at least 0; at 0 they stay equal.
        adjustment: The paper's C, at least 0: how much more a small group counts than its training loss says.
        by: What is a group: a ``group`` of the data, or a class within one, ``class_group``, as in the paper.

    Fails when:
        The network fits every sample, so that no group has a loss left: the paper needs strong weight decay or an early
        end.

    Reference:
        `Distributionally Robust Neural Networks for Group Shifts <https://arxiv.org/abs/1911.08731>`_ (Sagawa et al.,
        ICLR 2020), algorithm 1 and eq. 5.
    """

    probabilities: Tensor
    counts: Tensor
    needs_groups: ClassVar[bool] = True
    search: ClassVar[Search] = {'eta': Float(1e-3, 1, log=True), 'adjustment': Float(0, 4)}

    def __init__(self, eta: float = 0.01, adjustment: float = 0.0, by: By = 'group') -> None:
        super().__init__()
        check(eta >= 0, f'expected `eta` of at least 0, got {eta}')
        check(adjustment >= 0, f'expected `adjustment` of at least 0, got {adjustment}')
        check_by(by)
        self.eta, self.adjustment = eta, adjustment
        self.by: By = by

    def build(self, num_classes: int) -> None:
        """Begin without a group."""
        self.num_classes = num_classes
        size = most_cells(self.by, num_classes)
        self.register_buffer('probabilities', torch.zeros(size))
        self.register_buffer('counts', torch.zeros(size, dtype=torch.long))

    def learn(self, labels: Tensor, groups: Tensor | None) -> None:
        """Begin with equal weights, unless these groups were learned before, as in a run that is resumed."""
        own = cells(self.by, labels, groups, self.num_classes).cpu()
        counts = torch.bincount(own, minlength=len(self.counts)).to(self.counts.device)
        if not torch.equal(counts, self.counts):
            self.counts.copy_(counts)
            self.probabilities.copy_((counts > 0) / (counts > 0).sum())

    def forward(self, losses: Tensor, view: View, groups: Tensor | None) -> Tensor:
        """Move the weights, and return the weighted sum of the groups' losses."""
        assert view.labels is not None
        means = self._means(losses.float(), cells(self.by, view.labels, groups, self.num_classes))
        weights = self.probabilities
        if self.training:
            # a tensor of its own: a second loss of the same step moves the buffer before the first is backward
            weights = exponentiated(weights, means.detach(), self.eta)
            self.probabilities.copy_(weights)
        return (weights * means).sum()

    def _means(self, losses: Tensor, own: Tensor) -> Tensor:
        """Return the adjusted mean loss of each group, shape ``(K,)``; 0 for one that the batch lacks."""
        size = len(self.counts)
        sums = torch.zeros(size, device=losses.device).index_add(0, own, losses)
        there = torch.bincount(own, minlength=size)
        extra = self.adjustment / self.counts.clamp(min=1).sqrt()
        return torch.where(there > 0, sums / there.clamp(min=1) + extra, torch.zeros_like(sums))


def exponentiated(probabilities: Tensor, losses: Tensor, eta: float) -> Tensor:
    """Return weights of groups after a step of exponentiated gradient ascent.

    Args:
        probabilities: Weights before, shape ``(K,)``, that sum to 1.
        losses: Of each group, shape ``(K,)``.
        eta: Step size.
    """
    raised = probabilities * (eta * (losses - losses.max())).exp()  # the shift cancels, and nothing overflows
    return raised / raised.sum()
