"""Consistency of mixed images."""

from __future__ import annotations

import math

from dann.validators.base import Validator
from dann.views import View


class MixVal(Validator):
    """Share of mixed target images that are predicted as the dominant image is, in [0, 1].

    The mean of the shares among pairs of one predicted class and among pairs of two.

    Reference:
        `Mixed Samples as Probes for Unsupervised Model Selection in Domain Adaptation
        <https://openreview.net/forum?id=DgFuRyd9BJ>`_.
    """

    name = 'mixval'
    mixes = True

    def score(self, source: View, target: View) -> float:
        """Return the share; NaN without mixed images."""
        if target.mixed_logits is None or target.mixed_with is None:
            return math.nan
        right = (target.mixed_logits.argmax(dim=1) == target.predictions).double()
        same = target.mixed_with == target.predictions
        shares = [float(right[pairs].mean()) for pairs in (same, ~same) if pairs.any()]
        return sum(shares) / len(shares)
