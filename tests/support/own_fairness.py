"""A fairness of a reader's own: large losses count more."""

from __future__ import annotations

from torch import Tensor

from dann.core.fairness import Fairness
from dann.core.views import View


class Squared(Fairness):
    """The root of the mean squared loss."""

    def forward(self, losses: Tensor, view: View, groups: Tensor | None) -> Tensor:
        """Return it."""
        return losses.square().mean().sqrt()
