"""Effective rank of target features."""

from __future__ import annotations

import torch
from torch import Tensor

from dann.core.validator import Validator
from dann.core.views import View
from dann.functional.gram import singular_values


def effective_rank(features: Tensor) -> float:
    r"""Exponential of the entropy of the singular values, as shares of their sum.

    .. math:: \exp\Bigl(-\sum_k p_k \log p_k\Bigr), \quad p_k = \sigma_k / \lVert \sigma \rVert_1 + 10^{-7}

    Args:
        features: Shape ``(N, D)``.

    Returns:
        A number from 1 to min(N, D); NaN where a feature is not finite or all are zero.
    """
    sigma = singular_values(features)
    return float(torch.special.entr(sigma / sigma.sum() + 1e-7).sum().exp())


class RankMe(Validator):
    """Effective rank of the target features, from 1 to min(N, D), of the whole split.

    It knows nothing of the classes. Features that vary in many directions score high and those on a line through
    the origin score 1; but those that gather in one point for each class, which is what a classifier strives for,
    score no more than C.

    Reference:
        `RankMe: Assessing the Downstream Performance of Pretrained Self-Supervised Representations by Their Rank
        <https://arxiv.org/abs/2210.02885>`_, eqs. 1-2, there for choosing self-supervised encoders.
    """

    name = 'rankme'

    def score(self, source: View, target: View) -> float:
        """Return the effective rank."""
        return effective_rank(target.features)
