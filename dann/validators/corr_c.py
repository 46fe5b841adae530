"""Class correlation."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from dann.core.errors import check
from dann.core.validator import Validator
from dann.core.views import View
from dann.functional.gram import gram


def class_correlation(probabilities: Tensor) -> float:
    r"""Trace of the class-correlation matrix over its Frobenius norm.

    .. math:: \mathrm{tr}(P^\top P) / \lVert P^\top P \rVert_F

    Args:
        probabilities: Predictions, shape ``(N, C)``.

    Returns:
        A number from 1 to :math:`\sqrt{C}`: the bound for certain predictions spread evenly over the classes, 1
        when all are equal, be they certain or uniform. NaN where a probability is not finite.
    """
    correlation = gram(probabilities)
    return float(correlation.trace() / correlation.norm())


class CorrC(Validator):
    r"""Class correlation of the target predictions, :math:`\mathrm{tr}(P^\top P) / \lVert P^\top P \rVert_F`.

    From 1 to :math:`\sqrt{C}`. It is :math:`\sqrt{C}` times the cosine between the matrix and the identity, so it
    is highest where predictions are certain and use all classes equally, and lowest where all are the same.

    Args:
        direction: Which end is better: ``higher``, or ``lower``, which scores the negative value.

    Reference:
        `Assessing Model Out-of-distribution Generalization with Softmax Prediction Probability Baselines and a
        Correlation Method <https://openreview.net/forum?id=1maXoEyeqx>`_, where the cosine is the score and
        higher is better. As Corr-C, undivided, it is a baseline of `MixVal
        <https://openreview.net/forum?id=ackajXqei2>`_, whose code takes the lowest value for the best; that
        would choose collapsed models.
    """

    name = 'corr_c'

    def __init__(self, direction: Literal['higher', 'lower'] = 'higher') -> None:
        check(direction in ('higher', 'lower'), f'expected `direction` higher or lower, got {direction!r}')
        self.sign = 1.0 if direction == 'higher' else -1.0

    def score(self, source: View, target: View) -> float:
        """Return the correlation, signed so that higher is better."""
        return self.sign * class_correlation(target.probabilities)
