"""Negative entropy."""

from __future__ import annotations

from dann.core.validator import Validator
from dann.core.views import View
from dann.functional.entropies import entropies


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
