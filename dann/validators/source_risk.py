"""Source risk."""

from __future__ import annotations

from torch.nn import functional as F

from dann.core.validator import Validator
from dann.core.views import View


class SourceRisk(Validator):
    r"""Negative mean cross-entropy on held-out source samples, :math:`\frac1N \sum_i \log p_i(y_i)`, at most 0.

    It knows nothing of the target; unlike source accuracy it also falls when right answers grow unsure and wrong
    ones sure.

    Reference:
        `Domain-Adversarial Training of Neural Networks <https://arxiv.org/abs/1505.07818>`_, sec. 5.1, as the risk
        that alone cannot choose a model under shift.
    """

    name = 'source_risk'

    def score(self, source: View, target: View) -> float:
        """Return the negative risk."""
        assert source.labels is not None
        return -float(F.cross_entropy(source.logits.double(), source.labels))
