"""Nuclear norm: the sum of a matrix's singular values."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dann.functional.gram import singular_values


def nuclear_norm(matrix: Tensor) -> Tensor:
    r"""Sum of the singular values, :math:`\lVert A \rVert_* = \sum_k \sigma_k`, with a gradient.

    Values that are zero to rounding count as zero, and send no gradient: theirs would be one of the many
    subgradients, picked by rounding.

    Args:
        matrix: Shape ``(B, C)``.

    Returns:
        A scalar of at least 0.
    """
    values = torch.linalg.svdvals(matrix)
    nought = values.detach().amax() * max(matrix.shape) * torch.finfo(values.dtype).eps
    return torch.where(values > nought, values, 0).sum()


def fast_nuclear_norm(matrix: Tensor) -> Tensor:
    r"""Stand-in for the nuclear norm: sum of the largest :math:`\min(B, C)` Euclidean norms of the columns.

    Args:
        matrix: Shape ``(B, C)``.

    Returns:
        A scalar of at least 0; the nuclear norm itself where the columns are orthogonal.

    Reference:
        `Fast Batch Nuclear-norm Maximization and Minimization for Robust Domain Adaptation
        <https://arxiv.org/abs/2107.06154>`_ (Cui et al., 2021).
    """
    norms: Tensor = torch.linalg.vector_norm(matrix, dim=0)
    return norms.topk(min(matrix.shape)).values.sum()


def nuclear_norm_ratio(probabilities: Tensor) -> float:
    r"""Nuclear norm of a whole split over its bound, :math:`\lVert P \rVert_* / \sqrt{N \min(N, C)}`.

    The singular values come from a Gram matrix that is summed block by block, in float64.

    Args:
        probabilities: Predictions, shape ``(N, C)``.

    Returns:
        A number in (0, 1]; NaN where a probability is not finite.
    """
    sigma = singular_values(probabilities)
    bound = math.sqrt(len(probabilities) * len(sigma))
    return float(sigma.sum()) / bound if bound else math.nan
