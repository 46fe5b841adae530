"""A penalty on predictions that depend on the group among samples of one class."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from dann.core.errors import check
from dann.core.fairness import Fairness, means_of_cells
from dann.core.groups import MOST_GROUPS
from dann.core.search_space import Float, Search
from dann.core.views import View


class EqualisedOdds(Fairness):
    r"""The mean source loss, and how far apart the mean predictions of groups are within each class.

    .. math:: \frac{1}{B} \sum_i \ell_i + \lambda \sum_{y, g} \frac{n_{yg}}{B} \left\| \bar p_{yg} - \bar p_y \right\|^2

    with :math:`\bar p_{yg}` the mean class probabilities of the :math:`n_{yg}` samples of class y and group g in the
    batch, and :math:`\bar p_y` those of all samples of the class. It is 0 where predictions and groups are uncorrelated
    given the class, the criterion of Hardt et al. with probabilities in place of decisions. That it is a square, and
    over all classes, is our choice: it has a gradient everywhere and needs no pair of groups.

    Args:
        weight: The factor lambda, at least 0.

    Fails when:
        Batches hold few samples of a class and group: their means differ by chance, and the penalty draws all
        predictions of a class together.

    Reference:
        `Equality of Opportunity in Supervised Learning <https://arxiv.org/abs/1610.02413>`_ (Hardt et al., NeurIPS
        2016), definition 2.1.
    """

    needs_groups: ClassVar[bool] = True
    search: ClassVar[Search] = {'weight': Float(0.1, 10, log=True)}

    def __init__(self, weight: float = 1.0) -> None:
        super().__init__()
        check(weight >= 0, f'expected `weight` of at least 0, got {weight}')
        self.weight = weight

    def forward(self, losses: Tensor, view: View, groups: Tensor | None) -> Tensor:
        """Return the mean loss and the penalty."""
        assert view.labels is not None
        assert groups is not None
        probabilities = view.logits.float().softmax(dim=1)
        return losses.mean() + self.weight * odds_penalty(probabilities, view.labels, groups)


def odds_penalty(probabilities: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    """Return how far the mean predictions of groups are from those of their class, squared, a scalar.

    Args:
        probabilities: Shape ``(B, C)``.
        labels: Classes, shape ``(B,)``.
        groups: Places of groups, shape ``(B,)``.
    """
    of_both, both = means_of_cells(probabilities, labels * MOST_GROUPS + groups)
    of_class, own = means_of_cells(probabilities, labels)
    return (of_both[both] - of_class[own]).square().sum(dim=1).mean()
