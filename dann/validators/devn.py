"""Deep embedded validation with normalised weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dann.core.errors import check
from dann.core.validator import Validator
from dann.core.views import View
from dann.validators.density_ratio import MOST, importance_weights
from dann.validators.dev import dev_risk
from dann.validators.risks import Loss, check_loss, sample_losses
from dann.validators.sampling import sample


def normalise(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Weights of mean 1 and of a range below 1: :math:`w / \max w`, moved until their mean is 1.

    Args:
        weights: Above 0, shape ``(N,)``.
    """
    scaled = weights / weights.max()
    moved: NDArray[np.float64] = scaled - (scaled.mean() - 1)
    return moved


class DEVN(Validator):
    r"""Negative risk of deep embedded validation under normalised weights, at most 0.

    The weights are ``normalise(w)``, whose mean of exactly 1 silences the control variate, so the score is
    :math:`-\frac1N \sum_i (w_i / \max w - \overline{w / \max w} + 1) \, \ell_i`. No weight reaches 2: a single
    large ratio cannot decide the score, as it can in DEV.

    Args:
        loss: ``error`` counts wrong predictions; or ``cross_entropy``, the paper's.
        most: Larger splits are sampled down to this many, seeded; each domain for itself.

    Reference:
        `Three New Validators and a Large-Scale Benchmark Ranking for Unsupervised Domain Adaptation
        <https://arxiv.org/abs/2208.07360>`_, with the maximum as the normaliser. How the weights before that
        differ from the paper's is said at ``density_ratio``.
    """

    name = 'devn'
    cost = 'dear'

    def __init__(self, loss: Loss = 'cross_entropy', most: int = MOST) -> None:
        check_loss(loss)
        check(most > 1, f'expected `most` above 1, got {most}')
        self.loss: Loss = loss
        self.most = most

    def score(self, source: View, target: View) -> float:
        """Return the negative risk; NaN where there are no weights."""
        weights = normalise(importance_weights(source, target, self.most))
        return -dev_risk(weights, sample_losses(sample(source, self.most), self.loss))
