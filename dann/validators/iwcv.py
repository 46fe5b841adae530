"""Importance-weighted cross-validation."""

from __future__ import annotations

from dann.core.errors import check
from dann.core.validator import Validator
from dann.core.views import View
from dann.validators.density_ratio import MOST, importance_weights
from dann.validators.risks import Loss, check_loss, sample_losses
from dann.validators.sampling import sample


class IWCV(Validator):
    r"""Negative importance-weighted source risk, :math:`-\frac1N \sum_i w_i \ell_i`, at most 0.

    An estimate of the target risk for the shift of features alone, of a variance without bound where the domains
    hardly overlap. Where they do not overlap at all the weights vanish, and the score is near 0 for any model: read
    it together with MMD.

    Args:
        loss: ``error`` counts wrong predictions; or ``cross_entropy``.
        most: Larger splits are sampled down to this many, seeded; each domain for itself.

    Reference:
        `Covariate Shift Adaptation by Importance Weighted Cross Validation
        <https://jmlr.org/papers/v8/sugiyama07a.html>`_, sec. 3, on one held-out split instead of folds, and with
        the weights of ``density_ratio`` on features, as the comparison in
        `Deep Embedded Validation <https://proceedings.mlr.press/v97/you19a.html>`_ does.
    """

    name = 'iwcv'
    cost = 'dear'

    def __init__(self, loss: Loss = 'error', most: int = MOST) -> None:
        check_loss(loss)
        check(most > 1, f'expected `most` above 1, got {most}')
        self.loss: Loss = loss
        self.most = most

    def score(self, source: View, target: View) -> float:
        """Return the negative risk; NaN where there are no weights."""
        weights = importance_weights(source, target, self.most)
        return -float((weights * sample_losses(sample(source, self.most), self.loss)).mean())
