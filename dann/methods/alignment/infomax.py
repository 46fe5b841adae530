"""Information maximisation."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from dann.core.alignment import Alignment
from dann.core.views import Losses, View
from dann.functional.entropies import check_logits, mutual_information


def negative_information(logits: Tensor) -> Tensor:
    r"""Negative mutual information of input and prediction.

    .. math:: \ell = \frac1B \sum_n H(p_n) - H(\bar p), \qquad \bar p = \frac1B \sum_n p_n

    Args:
        logits: Target scores, shape ``(B, C)``.

    Returns:
        A scalar in [-log C, 0]; lowest for predictions that are each certain and together spread evenly.

    Raises:
        ValueError: Logits that are not ``(B, C)``.

    Reference:
        `Do We Really Need to Access the Source Data? <https://arxiv.org/abs/2002.08546>`_, eqs. 3-4.
    """
    check_logits(logits)
    return -mutual_information(logits)


class InfoMax(Alignment):
    """Information maximisation: makes every target prediction certain and all of them together diverse.

    Fails when:
        The target's classes are far from balanced, as the marginal is drawn to the uniform one; or when a batch
        is too small to estimate the marginal.

    Reference:
        `Information-Theoretical Learning of Discriminative Clusters for Unsupervised Domain Adaptation
        <https://arxiv.org/abs/1206.6438>`_ (Shi & Sha, ICML 2012), section 3; in the form of SHOT-IM,
        `Do We Really Need to Access the Source Data? <https://arxiv.org/abs/2002.08546>`_
        (Liang et al., ICML 2020), eqs. 3-4, with the marginal of the batch and without its source-free stages.
    """

    family: ClassVar[str] = 'output'

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``infomax``, at most 0."""
        return {'infomax': strength * negative_information(target.logits)}
