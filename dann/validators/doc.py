"""Difference of confidences."""

from __future__ import annotations

from torch import Tensor

from dann.core.validator import Validator
from dann.core.views import View


def mean_confidence(logits: Tensor) -> float:
    """Mean over samples of the highest probability, in [1 / C, 1].

    Args:
        logits: Shape ``(N, C)``.
    """
    return float(logits.double().softmax(dim=1).amax(dim=1).mean())


class DoC(Validator):
    r"""Source accuracy less the difference of confidences: an estimate of target accuracy, in [0, 1].

    .. math:: \frac1{N_s} \sum_j \mathbb{1}[\hat y_j = y_j] - \Bigl(\frac1{N_s} \sum_j \max_k p_{jk}
        - \frac1{N_t} \sum_i \max_k p_{ik}\Bigr)

    Fails when: accuracy falls faster than confidence, as it does where a model is sure of its mistakes.

    Reference:
        `Predicting with Confidence on Unseen Distributions <https://arxiv.org/abs/2107.03315>`_ (Guillory et al.,
        ICCV 2021): the difference of average confidences (DoC) taken for the difference in accuracy itself. The
        authors also fit a line from the one to the other on labelled shifts, of which there are none here. Values
        outside [0, 1] are set to the nearer end.
    """

    name = 'doc'
    default = False
    estimates = True

    def score(self, source: View, target: View) -> float:
        """Return the estimate; NaN where a confidence is not a number."""
        assert source.labels is not None
        accuracy = float((source.predictions == source.labels).double().mean())
        estimate = accuracy - mean_confidence(source.logits) + mean_confidence(target.logits)
        return estimate if estimate != estimate else min(max(estimate, 0.0), 1.0)
