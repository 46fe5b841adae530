"""Means over nearest neighbours."""

from __future__ import annotations

from torch import Tensor


def neighbour_mean(distances: Tensor, values: Tensor, k: int) -> Tensor:
    """Mean of ``values`` over each row's ``k`` nearest columns, shape ``(B,)``.

    Columns as far as the k-th nearest share the places that are left, so the order of samples does not matter.

    Args:
        distances: Shape ``(B, N)``; equal means equal up to a relative 1e-9.
        values: Shape ``(B, N)`` or ``(N,)``.
        k: From 1 to ``N``.
    """
    nearest = distances.topk(min(k + 1, distances.shape[1]), dim=1, largest=False)
    last = nearest.values[:, k - 1]
    margin = 1e-9 * last.abs().clamp(min=1e-3)
    values = values.expand_as(distances)
    means = values.gather(1, nearest.indices[:, :k]).to(distances.dtype).mean(dim=1)
    # only where the next neighbour is as far as the last one do all columns have to be looked at
    tied = (nearest.values[:, k:] <= (last + margin)[:, None]).any(dim=1).nonzero()[:, 0]
    if len(tied) > 0:
        means[tied] = _tied_mean(distances[tied], values[tied], k, last[tied, None], margin[tied, None])
    return means


def _tied_mean(distances: Tensor, values: Tensor, k: int, last: Tensor, margin: Tensor) -> Tensor:
    """As ``neighbour_mean``, of rows with columns that are as far as the k-th nearest, at ``last``."""
    values = values.to(distances.dtype)
    nearer = distances < last - margin
    tied = (distances <= last + margin) & ~nearer
    inside = nearer.sum(dim=1)
    shared = (values * tied).sum(dim=1) / tied.sum(dim=1)
    return ((values * nearer).sum(dim=1) + (k - inside) * shared) / k
