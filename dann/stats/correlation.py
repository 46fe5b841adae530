"""Rank correlations of scores with accuracies."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray


def spearman(scores: ArrayLike, accuracies: ArrayLike) -> float:
    """Spearman's rank correlation of two sequences of equal length, in [-1, 1]; NaN where one is constant.

    Example:
        >>> round(spearman([0.1, 0.2, 0.4, 0.3], [0.6, 0.7, 0.8, 0.9]), 2)
        0.8
    """
    from scipy.stats import spearmanr

    one, two = _arrays(scores, accuracies)
    return math.nan if _undefined(one, two) else float(spearmanr(one, two).statistic)


def weighted_spearman(scores: ArrayLike, accuracies: ArrayLike, power: float = 2.0) -> float:
    r"""Rank correlation in which a candidate that score or accuracy puts high weighs more, in [-1, 1].

    .. math:: \mathrm{corr}_w(v, t), \quad w_i = \max(v_i, t_i)^p

    with :math:`v` and :math:`t` the dense ranks of scores and accuracies over their highest.

    Args:
        scores: Shape ``(N,)``.
        accuracies: Shape ``(N,)``.
        power: The paper's p.

    Returns:
        The correlation; NaN where scores or accuracies are constant.

    Reference:
        `Three New Validators and a Large-Scale Benchmark Ranking for Unsupervised Domain Adaptation
        <https://arxiv.org/abs/2208.07360>`_, section 3.2.
    """
    from scipy.stats import rankdata

    one, two = _arrays(scores, accuracies)
    if _undefined(one, two):
        return math.nan
    one, two = (rankdata(values, method='dense') for values in (one, two))
    one, two = one / one.max(), two / two.max()
    covariance = np.cov(one, two, aweights=np.maximum(one, two) ** power)
    return float(covariance[0, 1] / math.sqrt(covariance[0, 0] * covariance[1, 1]))


def _arrays(*values: ArrayLike) -> tuple[NDArray[np.float64], ...]:
    return tuple(np.asarray(each, dtype=np.float64) for each in values)


def _undefined(*values: NDArray[np.float64]) -> bool:
    return any(not each.size or np.isnan(each).any() or (each == each[0]).all() for each in values)
