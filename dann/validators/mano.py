"""Matrix norm of normalised logits."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dann.core.errors import check
from dann.core.validator import Validator
from dann.core.views import View

BLOCK = 8192


def miscalibration(logits: Tensor) -> float:
    r"""Mean cross-entropy of predictions to the uniform distribution, :math:`\Phi`, at least log C.

    .. math:: \Phi = -\frac{1}{NC} \sum_i \sum_k \log \mathrm{softmax}(z_i)_k

    Args:
        logits: Shape ``(N, C)``.
    """
    total = 0.0
    for block in torch.split(logits, BLOCK):
        total += float(block.log_softmax(dim=1).double().sum())
    return -total / logits.numel() if logits.numel() else math.nan


def taylor_softmax(logits: Tensor) -> Tensor:
    r"""Softmax with :math:`1 + z + z^2 / 2` for :math:`e^z`, less the row's least value, shape ``(N, C)``.

    A row of equal values, for which that is 0 / 0, becomes uniform.
    """
    weights = 1 + logits + logits.square() / 2
    weights = weights - weights.amin(dim=1, keepdim=True)
    total = weights.sum(dim=1, keepdim=True)
    return torch.where(total == 0, 1 / logits.shape[1], weights / total)


def matrix_norm(logits: Tensor, power: float = 4, threshold: float = 5) -> float:
    r"""Norm of the matrix of normalised logits over its size.

    .. math:: \Bigl(\frac{1}{NC} \sum_{ik} \sigma(z_i)_k^p\Bigr)^{1/p}

    :math:`\sigma` is the softmax where the :func:`miscalibration` is above ``threshold``, else its Taylor
    expansion. In (0, 1]; NaN where a logit is not finite.

    Args:
        logits: Shape ``(N, C)``.
        power: The norm's p, at least 1.
        threshold: The paper's :math:`\eta`; 0 is always the softmax.
    """
    phi = miscalibration(logits)
    if not math.isfinite(phi):
        return math.nan
    total = 0.0
    for block in torch.split(logits, BLOCK):
        wide = block.double()
        rows = wide.softmax(dim=1) if phi > threshold else taylor_softmax(wide)
        total += float(rows.pow(power).sum())
    return float((total / logits.numel()) ** (1 / power))


class MaNo(Validator):
    """Matrix norm of the normalised target logits, in (0, 1]: high when predictions are far from all boundaries.

    The scores of two models that fall on different sides of the threshold are not on one scale. A model that puts
    every sample into one class with certainty scores as high as any: the score looks at single rows.

    Args:
        power: The norm's p, at least 1.
        threshold: Cross-entropy to the uniform distribution above which the softmax normalises; 0 for always.

    Reference:
        `MaNo: Exploiting Matrix Norm for Unsupervised Accuracy Estimation Under Distribution Shifts
        <https://arxiv.org/abs/2405.18979>`_, eqs. 2 and 6. As in the authors' code, the least value of a row is
        taken from its Taylor expansion; unlike there, the criterion is computed from the logits, over the whole
        split, and the softmax is normalised.
    """

    name = 'mano'

    def __init__(self, power: float = 4, threshold: float = 5) -> None:
        check(power >= 1, f'expected `power` of at least 1, got {power}')
        self.power, self.threshold = power, threshold

    def score(self, source: View, target: View) -> float:
        """Return the norm."""
        return matrix_norm(target.logits, self.power, self.threshold)
