"""Proxy A-distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dann.core.errors import check
from dann.shift.domain_classifier import FOLDS, held_out_logits


@dataclass(frozen=True, slots=True)
class ADistance:
    """How well a linear classifier tells the domains apart.

    Args:
        value: From 0, no better than a coin, to 2, never wrong.
        error: Held-out error, the mean over both domains.
        standard_error: Of ``value``.
    """

    value: float
    error: float
    standard_error: float


def a_distance(error: float) -> float:
    r"""Proxy A-distance of a domain classifier's error.

    .. math:: \hat d_A = 2 (1 - 2 \min(\epsilon, \tfrac12))

    Args:
        error: Held-out error in [0, 1]; above one half it says no more than one half does.

    Reference:
        `Analysis of Representations for Domain Adaptation
        <https://papers.nips.cc/paper/2983-analysis-of-representations-for-domain-adaptation>`_, section 4, in the
        form of `Domain-Adversarial Training of Neural Networks <https://arxiv.org/abs/1505.07818>`_, eq. 3.
    """
    check(0 <= error <= 1, f'expected `error` in [0, 1], got {error}')
    return 2 * (1 - 2 * min(error, 0.5))


def proxy_a_distance(source: ArrayLike, target: ArrayLike, *, folds: int = FOLDS, seed: int = 0) -> ADistance:
    """Proxy A-distance by a cross-validated linear classifier.

    The classifier is a logistic regression in place of the papers' linear SVM. The standard error is that of the
    two domains' shares of errors, each with one error and one success added so that no error at all is not taken
    for certainty; that folds share training samples is left out of it.

    Args:
        source: Features, shape ``(Ns, D)``.
        target: Features, shape ``(Nt, D)``.
        folds: Parts of the cross-validation, at least 2.
        seed: Of the parts.

    Raises:
        ValueError: Shapes that do not fit, or fewer samples than twice ``folds`` in a domain.
    """
    left, right = held_out_logits(source, target, folds=folds, seed=seed)
    wrong = (left <= 0, right > 0)
    error = float(np.mean([each.mean() for each in wrong]))
    shares = [(each.sum() + 1) / (len(each) + 2) for each in wrong]
    variance = sum(share * (1 - share) / len(each) for share, each in zip(shares, wrong, strict=True)) / 4
    return ADistance(a_distance(error), error, float(4 * np.sqrt(variance)))
