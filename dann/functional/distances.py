"""Squared distances of all pairs, and blocks of rows that keep them in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

BLOCK = 512


def pool(source: Tensor, target: Tensor) -> Tensor:
    """Both domains, source first, moved so that their common mean is the origin.

    Distances do not change, but the matrix product behind ``squared_distances`` cancels less: features far from
    the origin would lose all their digits. The mean is detached, as its gradient is zero.
    """
    pooled = torch.cat([source, target])
    return pooled - pooled.detach().mean(dim=0)


def squared_distances(x: Tensor, y: Tensor) -> Tensor:
    """Squared Euclidean distances of all pairs, shape ``(len(x), len(y))``, through one matrix product.

    Move both near the origin first, as ``pool`` does: far from it, the product cancels.
    """
    norms = x.square().sum(dim=1)[:, None] + y.square().sum(dim=1)
    return torch.addmm(norms, x, y.T, alpha=-2).clamp(min=0)


def blocks(count: int, size: int = BLOCK) -> Iterator[slice]:
    """Yield slices that cover ``count`` rows in order, at most ``size`` rows each."""
    return (slice(start, start + size) for start in range(0, count, size))
