"""Sliced Wasserstein distance: the exact distance along single directions, averaged over them."""

from __future__ import annotations

import torch
from torch import Tensor

from dann.core.errors import check
from dann.functional.shapes import check_features


def sliced_wasserstein(source: Tensor, target: Tensor, directions: Tensor) -> Tensor:
    r"""Mean over directions of the squared 2-Wasserstein distance between the projected domains.

    .. math::
        \mathrm{SW}_2^2 = \frac{1}{P} \sum_{p} \int_0^1
        \bigl( F^{-1}_{s, p}(u) - F^{-1}_{t, p}(u) \bigr)^2 \, du

    The integral over the two step functions is exact, also where the domains differ in size.

    Args:
        source: Features, shape ``(Bs, D)``.
        target: Features, shape ``(Bt, D)``.
        directions: Unit vectors, shape ``(P, D)``.

    Returns:
        A scalar of at least 0.

    Raises:
        ValueError: Shapes that do not fit.

    Reference:
        `Sliced Wasserstein Discrepancy for Unsupervised Domain Adaptation <https://arxiv.org/abs/1903.04064>`_,
        the sliced distance with sampled directions.
    """
    check_features(source, target)
    check(
        directions.ndim == 2 and directions.shape[1] == source.shape[1],
        f'expected directions of shape (P, {source.shape[1]}), got {tuple(directions.shape)}',
    )
    weights, left, right = steps(len(source), len(target), source)
    ordered = (source @ directions.T).sort(dim=0).values, (target @ directions.T).sort(dim=0).values
    gaps = (ordered[0][left] - ordered[1][right]).square()
    return (weights @ gaps).mean()


def steps(n: int, m: int, like: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Lengths of the pieces of [0, 1] on which both quantile functions are constant, and the ranks they show.

    The functions of ``n`` and ``m`` equal weights jump at multiples of ``1 / n`` and ``1 / m``; in units of
    ``1 / (n m)`` all jumps are whole numbers. Pieces of length 0 occur where both jump at once.

    Args:
        n: Samples of one domain.
        m: Samples of the other.
        like: Gives device and dtype.

    Returns:
        Lengths, ranks in the first domain and ranks in the second, each of shape ``(n + m,)``.
    """
    one = torch.arange(1, n + 1, device=like.device) * m
    other = torch.arange(1, m + 1, device=like.device) * n
    ends = torch.cat([one, other]).sort().values
    lengths = ends.diff(prepend=ends.new_zeros(1)).to(like.dtype) / (n * m)
    return lengths, (ends - 1) // m, (ends - 1) // n
