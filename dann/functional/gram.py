"""Gram matrices of tall matrices, in bounded memory."""

from __future__ import annotations

import torch
from torch import Tensor

BLOCK = 4096


def gram(matrix: Tensor) -> Tensor:
    r"""The smaller of :math:`X^\top X` and :math:`X X^\top`, in float64; both have the same non-zero eigenvalues.

    Args:
        matrix: Shape ``(N, D)``; blocks of its longer side are widened one at a time.
    """
    tall = matrix if len(matrix) >= matrix.shape[1] else matrix.T
    total = torch.zeros(tall.shape[1], tall.shape[1], dtype=torch.float64)
    for block in torch.split(tall, BLOCK):
        wide = block.double()
        total.addmm_(wide.T, wide)
    return total


def singular_values(matrix: Tensor) -> Tensor:
    """Singular values ``(min(N, D),)`` of ``(N, D)``, in float64, ascending; NaN where an entry is not finite.

    They are square roots of a Gram matrix's eigenvalues, so those below 1e-8 of the largest are noise.
    """
    products = gram(matrix)
    if not products.isfinite().all():
        return torch.full((len(products),), torch.nan, dtype=torch.float64)
    squares: Tensor = torch.linalg.eigvalsh(products)
    return squares.clamp(min=0).sqrt()
