"""Consistency of predictions on mixed images."""

from __future__ import annotations

import math
from typing import Literal

from torch import Tensor

from dann.core.errors import check
from dann.core.validator import Validator
from dann.core.views import View


def consistency(mixed: Tensor, dominant: Tensor, partner: Tensor) -> tuple[float, float]:
    """Share of mixed images that are predicted as their dominant image, in pairs of one class and of two.

    Args:
        mixed: Predicted classes of the mixed images, shape ``(N,)``.
        dominant: Predicted classes of the images that make up more than half of them, shape ``(N,)``.
        partner: Predicted classes of the others, shape ``(N,)``.

    Returns:
        The shares within classes and across classes, in [0, 1]; NaN where there is no such pair.
    """
    right, same = (mixed == dominant).double(), dominant == partner
    return float(right[same].mean()), float(right[~same].mean())


class MixVal(Validator):
    """Share of mixed target images predicted as their dominant image, in [0, 1].

    Mixtures of two images of one predicted class probe how dense the clusters are, mixtures of two classes whether
    the boundary lies midway. NaN when the view holds no mixed images.

    Args:
        pairs: ``intra`` for pairs of one predicted class, ``inter`` for pairs of two, ``both`` for the mean of
            the two shares, or the one that exists.

    Reference:
        `Mixed Samples as Probes for Unsupervised Model Selection in Domain Adaptation
        <https://openreview.net/forum?id=ackajXqei2>`_; images are mixed 0.55 to 0.45. The paper averages the
        ranks that the two shares give to candidates, which one model alone does not have: here the shares are.
        Intra-class pairs are those that random partners happen to form, there every image has a partner of
        its class.
    """

    name = 'mixval'
    needs = ('mixup',)

    def __init__(self, pairs: Literal['both', 'intra', 'inter'] = 'both') -> None:
        check(pairs in ('both', 'intra', 'inter'), f'expected `pairs` both, intra or inter, got {pairs!r}')
        self.pairs = pairs

    def score(self, source: View, target: View) -> float:
        """Return the share; NaN without a pass of mixed images, or where its logits are not finite."""
        logits = target.extra.get('mixup.logits')
        if logits is None or not logits.isfinite().all():
            return math.nan
        intra, inter = consistency(logits.argmax(dim=1), target.predictions, target.extra['mixup.partner'])
        if self.pairs != 'both':
            return intra if self.pairs == 'intra' else inter
        found = [share for share in (intra, inter) if not math.isnan(share)]
        return sum(found) / len(found) if found else math.nan
