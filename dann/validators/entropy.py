"""Negative entropy."""

from __future__ import annotations

from torch import Tensor

from dann.core.validator import Validator
from dann.core.views import View


def entropies(logits: Tensor) -> Tensor:
    """Entropy in nats of each row's softmax, shape ``(B,)``, in [0, log C]."""
    log_p = logits.log_softmax(dim=1)
    return -(log_p.exp() * log_p).sum(dim=1)


class Entropy(Validator):
    r"""Negative mean entropy of the target predictions, :math:`-\frac1N \sum_i H(p_i)`, in [-log C, 0].

    Confident predictions score high, also when all fall into one class.

    Reference:
        `Unsupervised Domain Adaptation: A Reality Check <https://arxiv.org/abs/2111.15672>`_.
    """

    name = 'entropy'

    def score(self, source: View, target: View) -> float:
        """Return the negative entropy."""
        return -float(entropies(target.logits).mean())
