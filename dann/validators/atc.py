"""Average thresholded confidence."""

from __future__ import annotations

import math
from typing import Literal, get_args

import torch
from torch import Tensor

from dann.core.errors import check
from dann.core.validator import Validator
from dann.core.views import View
from dann.functional.entropies import entropies

Confidence = Literal['entropy', 'probability']


def confidences(logits: Tensor, kind: Confidence) -> Tensor:
    """How sure each prediction is, shape ``(N,)``: the negative entropy of the softmax, or its highest probability.

    Args:
        logits: Shape ``(N, C)``.
        kind: ``entropy`` or ``probability``.
    """
    wide = logits.double()
    return -entropies(wide) if kind == 'entropy' else wide.softmax(dim=1).amax(dim=1)


def threshold(scores: Tensor, wrong: int) -> float:
    r"""The value below which as many of ``scores`` lie as predictions are wrong, or as nearly as ties allow.

    Of two that come equally near it is the lower. Infinite where all samples are wrong.

    Args:
        scores: Of labelled samples, shape ``(N,)``.
        wrong: How many of them are classified wrongly.
    """
    ordered = scores.sort().values
    values = torch.cat([ordered, ordered.new_tensor([math.inf])])
    below = torch.searchsorted(ordered, values)
    return float(values[(below - wrong).abs().argmin()])


class ATC(Validator):
    r"""Average thresholded confidence: an estimate of target accuracy, in [0, 1].

    .. math:: \frac1{N_t} \sum_i \mathbb{1}[s(p_i) \ge t], \qquad
        \frac1{N_s} \sum_j \mathbb{1}[s(p_j) < t] = \frac1{N_s} \sum_j \mathbb{1}[\hat y_j \ne y_j]

    The threshold t is the one that leaves as many held-out source samples below it as the model classifies wrongly.

    Fails when: confidence means something else on the target. A model that becomes sure of its mistakes there, as
    training on pseudo-labels or for low entropy makes it, is estimated too high.

    Args:
        confidence: The score s: ``entropy``, negative, the paper's ATC-NE; or ``probability``, the highest one, its
            ATC-MC.

    Reference:
        `Leveraging Unlabeled Data to Predict Out-of-Distribution Performance <https://arxiv.org/abs/2201.04234>`_
        (Garg et al., ICLR 2022), section 4: the threshold and the estimate. Where scores are equal no threshold may
        fit; as in the authors' code the nearest one is taken. Logits are used as they are, without a temperature.
    """

    name = 'atc'
    default = False
    estimates = True

    def __init__(self, confidence: Confidence = 'entropy') -> None:
        known = get_args(Confidence)
        check(confidence in known, f'expected `confidence` to be one of {known}, got {confidence!r}')
        self.confidence: Confidence = confidence

    def score(self, source: View, target: View) -> float:
        """Return the estimate; NaN where a score is not a number."""
        assert source.labels is not None
        left, right = (confidences(view.logits, self.confidence) for view in (source, target))
        if left.isnan().any() or right.isnan().any():
            return math.nan
        wrong = int((source.predictions != source.labels).sum())
        return float((right >= threshold(left, wrong)).double().mean())
