"""Entropy of the mean prediction."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dann.core.validator import Validator
from dann.core.views import View


def marginal_entropy(probabilities: Tensor) -> float:
    r"""Entropy of the mean prediction over its maximum, :math:`H(\bar p) / \log C`, in [0, 1].

    Args:
        probabilities: Predictions, shape ``(N, C)``; NaN for less than one sample or two classes.
    """
    if probabilities.shape[1] < 2:
        return math.nan
    marginal = probabilities.double().mean(dim=0)
    marginal = marginal / marginal.sum()  # single-precision rows sum to 1 only nearly
    return float(torch.special.entr(marginal).sum() / math.log(len(marginal)))


class MarginalEntropy(Validator):
    r"""How evenly target predictions are spread over the classes: :math:`H(\bar p) / \log C`, in [0, 1].

    0 when every sample falls into one class with certainty, 1 when the classes are used equally, also by
    predictions that know nothing. It chooses no model by itself: it is the diversity term of
    `A Reality Check <https://arxiv.org/abs/2111.15672>`_, and tells which runs have collapsed.
    """

    name = 'marginal_entropy'

    def score(self, source: View, target: View) -> float:
        """Return the normalised entropy."""
        return marginal_entropy(target.probabilities)
