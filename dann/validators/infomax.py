"""Information maximisation."""

from __future__ import annotations

from dann.core.validator import Validator
from dann.core.views import View
from dann.functional.entropies import mutual_information


class InfoMax(Validator):
    r"""Mutual information of target input and prediction, :math:`H(\bar p) - \frac1N \sum_i H(p_i)`.

    In [0, log C]; highest for predictions that are each certain and together spread over the classes.

    Reference:
        `Discriminative Clustering by Regularized Information Maximization
        <https://papers.nips.cc/paper/2010/hash/42998cf32d552343bc8e460416382dca-Abstract.html>`_, eq. 2, as a
        validator in `A Reality Check <https://arxiv.org/abs/2111.15672>`_.
    """

    name = 'infomax'

    def score(self, source: View, target: View) -> float:
        """Return the mutual information."""
        return float(mutual_information(target.logits))
