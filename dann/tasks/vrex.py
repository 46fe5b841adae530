"""Risks of groups, drawn together."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from dann.core.errors import check
from dann.core.fairness import Fairness, means_of_cells
from dann.core.search_space import Float, Search
from dann.core.views import View


class VREx(Fairness):
    r"""Risk extrapolation: the mean of the groups' losses, and a penalty on their variance.

    .. math:: \frac1G \sum_g \ell_g + \beta \, \frac1G \sum_g (\ell_g - \bar\ell)^2

    over the groups :math:`g` of a batch, with :math:`\ell_g` the mean loss of their samples. Of several sources that
    have no groups of their own, each source is one.

    Args:
        weight: :math:`\beta`, at least 0.

    Fails when:
        The groups differ in how hard they are and not in what misleads: equal risks then come from doing worse on the
        easy ones.

    Reference:
        `Out-of-Distribution Generalization via Risk Extrapolation <https://arxiv.org/abs/2003.00688>`_ (Krueger et al.,
        ICML 2021), eq. 8, with the mean for the paper's sum of the risks. ``weight`` is that of DomainBed, which keeps
        it at 1 for the first 500 steps; it is constant here.
    """

    needs_groups: ClassVar[bool] = True
    search: ClassVar[Search] = {'weight': Float(0.1, 1000, log=True)}

    def __init__(self, weight: float = 10.0) -> None:
        super().__init__()
        check(weight >= 0, f'expected `weight` of at least 0, got {weight}')
        self.weight = weight

    def forward(self, losses: Tensor, view: View, groups: Tensor | None) -> Tensor:
        """Return the mean and the weighted variance of the groups' losses."""
        assert groups is not None
        risks, _ = means_of_cells(losses, groups)
        return risks.mean() + self.weight * risks.var(correction=0)
