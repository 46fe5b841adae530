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
    values = values.to(distances.dtype).expand_as(distances)
    last = distances.kthvalue(k, dim=1, keepdim=True).values
    margin = 1e-9 * last.abs().clamp(min=1e-3)
    nearer = distances < last - margin
    tied = (distances <= last + margin) & ~nearer
    inside = nearer.sum(dim=1)
    shared = (values * tied).sum(dim=1) / tied.sum(dim=1)
    return ((values * nearer).sum(dim=1) + (k - inside) * shared) / k
