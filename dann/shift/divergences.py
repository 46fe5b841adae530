"""Kullback-Leibler and Jensen-Shannon divergence through a density ratio."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dann.shift.arrays import Array
from dann.shift.domain_classifier import FOLDS, held_out_logits


@dataclass(frozen=True, slots=True)
class Divergences:
    r"""Divergences in nats.

    Args:
        forward: KL of the source from the target, :math:`D(p_s \| p_t)`.
        backward: KL of the target from the source.
        jensen_shannon: At most log 2.
    """

    forward: float
    backward: float
    jensen_shannon: float


def kl_from_ratio(own: Array, other: Array) -> float:
    r"""Kullback-Leibler divergence from log density ratios.

    .. math:: \mathrm{KL} = \frac{1}{N} \sum_{i} r(x_i) - \log \frac{1}{M} \sum_{j} e^{r(y_j)}

    The second term scales the estimated ratio so that its mean under the other domain is 1, as a ratio's must be.
    That makes the sum the Donsker-Varadhan bound, which no ratio lifts above the true divergence but by chance.

    Args:
        own: :math:`r = \log p / q` at samples of ``p``, shape ``(N,)``.
        other: The same at samples of ``q``, shape ``(M,)``.

    Reference:
        `MINE: Mutual Information Neural Estimation <https://arxiv.org/abs/1801.04062>`_, theorem 1.
    """
    top = float(other.max())
    return float(own.mean()) - top - float(np.log(np.exp(other - top).mean()))


def js_from_ratio(source: Array, target: Array) -> float:
    r"""Jensen-Shannon divergence from log density ratios: what a classifier gains over a coin.

    .. math:: \mathrm{JS} = \log 2 + \tfrac12 \mathbb{E}_s \log \sigma(r) + \tfrac12 \mathbb{E}_t \log \sigma(-r)

    Args:
        source: :math:`r = \log p_s / p_t` at source samples, shape ``(Ns,)``.
        target: The same at target samples, shape ``(Nt,)``.

    Reference:
        `Generative Adversarial Nets <https://arxiv.org/abs/1406.2661>`_, proof of theorem 1.
    """
    losses = np.logaddexp(0, -source).mean(), np.logaddexp(0, target).mean()
    return float(np.log(2) - sum(losses) / 2)


def divergences(source: ArrayLike, target: ArrayLike, *, folds: int = FOLDS, seed: int = 0) -> Divergences:
    """Divergences by a cross-fitted logistic regression on the features and their squares.

    All three are lower bounds up to chance, tight where the log-ratio is a sum of quadratics of single features;
    figures below 0, which only chance gives, become 0. Where the domains hardly overlap the KL is limited by
    the sample, not by the domains.

    Args:
        source: Features, shape ``(Ns, D)``.
        target: Features, shape ``(Nt, D)``.
        folds: Parts of the cross-fitting, at least 2.
        seed: Of the parts.

    Raises:
        ValueError: Shapes that do not fit, or fewer samples than twice ``folds`` in a domain.

    Reference:
        `Density Ratio Estimation in Machine Learning <https://doi.org/10.1017/CBO9781139035613>`_
        (Sugiyama et al., 2012), chapter 4.
    """
    left, right = held_out_logits(source, target, squares=True, folds=folds, seed=seed)
    forward, backward = kl_from_ratio(left, right), kl_from_ratio(-right, -left)
    return Divergences(max(forward, 0.0), max(backward, 0.0), max(js_from_ratio(left, right), 0.0))
