"""Deep embedded validation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from dann.core.errors import check
from dann.core.validator import Validator
from dann.core.views import View
from dann.validators.density_ratio import MOST, importance_weights
from dann.validators.risks import Loss, check_loss, sample_losses
from dann.validators.sampling import sample

Array = NDArray[np.float64]


def dev_risk(weights: Array, losses: Array) -> float:
    r"""Importance-weighted risk, its variance reduced by the weights as a control variate.

    .. math:: R = \overline{w \ell} + \eta (\bar w - 1), \qquad
        \eta = -\frac{\mathrm{Cov}(w \ell, w)}{\mathrm{Var}(w)}

    Where the weights are all equal, eta is 0. May be below 0, as the control variate knows no bound. NaN for
    fewer than two samples or weights that are not finite.

    Args:
        weights: Shape ``(N,)``.
        losses: Shape ``(N,)``.
    """
    if len(weights) < 2 or not (np.isfinite(weights).all() and np.isfinite(losses).all()):
        return math.nan
    weighted = weights * losses
    gaps = weights - weights.mean()
    spread = float(gaps @ gaps)
    constant = np.ptp(weights) <= 1e-12 * abs(weights).max()
    eta = 0.0 if constant else -float(gaps @ (weighted - weighted.mean())) / spread
    return float(weighted.mean() + eta * (weights.mean() - 1))


class DEV(Validator):
    """Negative risk of deep embedded validation: ``dev_risk`` of held-out source samples.

    Args:
        loss: ``error`` counts wrong predictions; or ``cross_entropy``.
        most: Larger splits are sampled down to this many, seeded; each domain for itself.

    Reference:
        `Towards Accurate Model Selection in Deep Unsupervised Domain Adaptation
        <https://proceedings.mlr.press/v97/you19a.html>`_ (You et al., ICML 2019), algorithm 1; errors of 0 and 1
        as in the authors' code. How the weights differ from the paper's is said at ``density_ratio``.
    """

    name = 'dev'
    cost = 'dear'

    def __init__(self, loss: Loss = 'error', most: int = MOST) -> None:
        check_loss(loss)
        check(most > 1, f'expected `most` above 1, got {most}')
        self.loss: Loss = loss
        self.most = most

    def score(self, source: View, target: View) -> float:
        """Return the negative risk; NaN where there are no weights."""
        weights = importance_weights(source, target, self.most)
        return -dev_risk(weights, sample_losses(sample(source, self.most), self.loss))
