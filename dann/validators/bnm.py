"""Batch nuclear norm."""

from __future__ import annotations

from dann.core.validator import Validator
from dann.core.views import View
from dann.functional.nuclear_norm import nuclear_norm_ratio


class BNM(Validator):
    r"""Nuclear norm of target predictions over its bound: :math:`\lVert P \rVert_* / \sqrt{N \min(N, C)}`.

    In (0, 1]; 1 for certain predictions spread evenly over the classes. On one split the bound is a constant, so
    the ratio orders models as the norm does, and says besides how far they are from the best there can be.

    Reference:
        `Towards Discriminability and Diversity: Batch Nuclear-norm Maximization
        <https://arxiv.org/abs/2003.12237>`_, eq. 6; as a validator in
        `Three New Validators <https://arxiv.org/abs/2208.07360>`_, without the bound.
    """

    name = 'bnm'

    def score(self, source: View, target: View) -> float:
        """Return the ratio."""
        return nuclear_norm_ratio(target.probabilities)
