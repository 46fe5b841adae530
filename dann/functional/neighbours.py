"""Means over nearest neighbours, in blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

BLOCK = 1024


def squared_distances(x: Tensor, y: Tensor) -> Tensor:
    """Squared Euclidean distances of all pairs, shape ``(len(x), len(y))``, through one matrix product.

    Move both near the origin first: far from it, the product cancels.
    """
    norms = x.square().sum(dim=1)[:, None] + y.square().sum(dim=1)
    return torch.addmm(norms, x, y.T, alpha=-2).clamp_(min=0)


def blocks(count: int, size: int = BLOCK) -> Iterator[slice]:
    """Slices that cover ``count`` rows, at most ``size`` at a time."""
    return (slice(start, start + size) for start in range(0, count, size))


def neighbour_mean(distances: Tensor, values: Tensor, k: int) -> Tensor:
    """Mean of ``values`` over each row's ``k`` nearest columns, shape ``(B,)``.

    Columns as far as the k-th nearest share the places that are left, so the order of samples does not matter.

    Args:
        distances: Shape ``(B, N)``; equal means equal up to a relative 1e-9.
        values: Shape ``(B, N)`` or ``(N,)``.
        k: From 1 to ``N``.
    """
    values = values.to(distances.dtype).expand_as(distances)
    last = distances.kthvalue(k, dim=1, keepdim=True).values
    margin = 1e-9 * last.abs().clamp(min=1e-3)
    nearer = distances < last - margin
    tied = (distances <= last + margin) & ~nearer
    inside = nearer.sum(dim=1)
    shared = (values * tied).sum(dim=1) / tied.sum(dim=1)
    return ((values * nearer).sum(dim=1) + (k - inside) * shared) / k
