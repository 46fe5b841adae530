"""Entropy minimisation."""

from __future__ import annotations

import math
from typing import ClassVar

from dann.core.alignment import Alignment
from dann.core.batch_norm import BatchNormPolicy
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Categorical, Float, Search
from dann.core.views import Losses, View
from dann.functional.entropies import check_logits, entropies


class MinEntropy(Alignment):
    r"""Entropy minimisation: target predictions should be certain.

    .. math:: \ell = \frac1B \sum_n H(p_n), \qquad H(p) = -\sum_c p_c \log p_c

    Args:
        weight: Factor on the loss; the paper searches for it below 1. The default is that of the code of
            `A DIRT-T Approach <https://arxiv.org/abs/1802.08735>`_ (Shu et al., ICLR 2018) for networks from random
            weights; on pretrained ones `Larger Norm More Transferable <https://arxiv.org/abs/1811.07456>`_ adds 0.1
            times the entropy to its own loss.
        schedule: How the strength grows with progress; constant in the paper.
        normalise: Divide by ``log C``, as `ADVENT <https://arxiv.org/abs/1811.12833>`_ does, so that a uniform
            prediction counts 1.

    Fails when:
        Nothing holds the predictions apart: the lowest entropy of all is one class for every target sample, and
        wrong predictions are sharpened along with right ones.

    Reference:
        `Semi-supervised Learning by Entropy Minimization
        <https://papers.nips.cc/paper/2004/hash/96f2b50b5d3613adf9c27049b2a888c7-Abstract.html>`_
        (Grandvalet & Bengio, NeurIPS 2004), section 2; on the target batch only.
    """

    family: ClassVar[str] = 'output'
    batch_norm_policy: BatchNormPolicy = 'separate'
    search: ClassVar[Search] = {'weight': Float(0.001, 1, log=True), 'normalise': Categorical((False, True))}

    def __init__(
        self, weight: float = 0.01, schedule: Schedule = Constant(), *, normalise: bool = False
    ) -> None:
        super().__init__(weight, schedule)
        self.normalise = normalise

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``entropy``."""
        check_logits(target.logits)
        highest = math.log(target.logits.shape[1])
        return {'entropy': strength * entropies(target.logits).mean() / (highest if self.normalise else 1)}
