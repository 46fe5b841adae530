"""A classifier that is best for every group at once."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from dann.core.errors import check
from dann.core.fairness import Fairness, means_of_cells
from dann.core.search_space import Float, Search
from dann.core.views import View


class IRM(Fairness):
    r"""Invariant risk minimisation: no group's loss should fall when all logits are scaled by one number.

    .. math:: \frac1G \sum_g \Bigl( \ell_g + \lambda \bigl( \partial_w \, \ell_g(w \cdot z) |_{w = 1} \bigr)^2 \Bigr),
        \qquad \partial_w \, \ell(w z) |_{w = 1} = \sum_c p_c z_c - z_y

    over the groups :math:`g` of a batch, with logits :math:`z` and probabilities :math:`p`. Of several sources that
    have no groups of their own, each source is one.

    Args:
        weight: :math:`\lambda`, at least 0.

    Fails when:
        The network fits every sample, as the gradient is 0 then whatever it has learned; and often, in practice, as
        comparisons on real data found it no better than training on the union.

    Reference:
        `Invariant Risk Minimization <https://arxiv.org/abs/1907.02893>`_ (Arjovsky et al., 2019), the objective IRMv1
        of section 3.1, with the mean for its sum over groups. The square is that of the batch's derivative, which is
        larger in the mean than the square of the mean, the more so the fewer samples a group has in the batch; the
        paper's code multiplies the derivatives of two batches instead. The derivative is that of cross-entropy without
        label smoothing. ``weight`` is constant here, where the paper's and DomainBed's code raise it after some hundred
        steps, from 1 to 100 in the latter.
    """

    needs_groups: ClassVar[bool] = True
    search: ClassVar[Search] = {'weight': Float(0.1, 1000, log=True)}

    def __init__(self, weight: float = 1.0) -> None:
        super().__init__()
        check(weight >= 0, f'expected `weight` of at least 0, got {weight}')
        self.weight = weight

    def forward(self, losses: Tensor, view: View, groups: Tensor | None) -> Tensor:
        """Return the mean of the groups' losses, with the weighted squares of their derivatives."""
        assert groups is not None
        assert view.labels is not None
        logits = view.logits.float()
        scaled = (view.probabilities.float() * logits).sum(dim=1) - logits.gather(1, view.labels[:, None])[
            :, 0
        ]
        slopes, _ = means_of_cells(scaled, groups)
        risks, _ = means_of_cells(losses, groups)
        return (risks + self.weight * slopes.square()).mean()
