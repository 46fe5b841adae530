"""Entropy of the mean prediction."""

from __future__ import annotations

import math

from dann.core.validator import Validator
from dann.core.views import View
from dann.functional.entropies import marginal_entropy


class MarginalEntropy(Validator):
    r"""How evenly target predictions are spread over the classes: :math:`H(\bar p) / \log C`, in [0, 1].

    0 when every sample falls into one class with certainty, 1 when the classes are used equally, also by
    predictions that know nothing. It chooses no model by itself: it is the diversity term of
    `A Reality Check <https://arxiv.org/abs/2111.15672>`_, and tells which runs have collapsed.
    """

    name = 'marginal_entropy'

    def score(self, source: View, target: View) -> float:
        """Return the normalised entropy; NaN for fewer than two classes."""
        classes = target.logits.shape[1]
        # in double precision, as rows of single precision sum to 1 only nearly
        return (
            float(marginal_entropy(target.logits.double())) / math.log(classes) if classes > 1 else math.nan
        )
