"""Batch nuclear norm."""

from __future__ import annotations

import torch

from dann.validators.base import Validator
from dann.views import View


class BNM(Validator):
    r"""Nuclear norm of target predictions over its bound: :math:`\lVert P \rVert_* / \sqrt{N \min(N, C)}`.

    In (0, 1]; 1 for certain predictions spread evenly over the classes. The singular values come from the
    ``C x C`` Gram matrix in float64, so memory stays bounded.

    Reference:
        `Towards Discriminability and Diversity: Batch Nuclear-norm Maximization
        <https://arxiv.org/abs/2003.12237>`_, eq. 6; as a validator in
        `Three New Validators <https://arxiv.org/abs/2208.07360>`_, without the bound, which only scales it.
    """

    name = 'bnm'

    def score(self, source: View, target: View) -> float:
        """Return the ratio."""
        p = target.probabilities.double()
        smaller = p.T @ p if len(p) >= p.shape[1] else p @ p.T
        norm = torch.linalg.eigvalsh(smaller).clamp(min=0).sqrt().sum()
        return float(norm / (len(p) * len(smaller)) ** 0.5)
