"""Contrastive domain discrepancy."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.functional.distances import pool
from dann.functional.kernel_sums import PairWeights, kernel_sum
from dann.functional.kernels import SCALES, Gaussians, bandwidth_of, check_kernels
from dann.functional.shapes import check_features


def contrastive_discrepancy(
    source: Tensor,
    target: Tensor,
    source_members: Tensor,
    target_members: Tensor,
    *,
    scales: Sequence[float] = SCALES,
) -> Tensor:
    r"""Mean MMD between the domains within each class, minus the mean MMD between different classes.

    .. math::
        \mathrm{CDD} = \frac{1}{M} \sum_c D^{cc} - \frac{1}{M (M - 1)} \sum_{c \ne c'} D^{cc'}, \qquad
        D^{cc'} = \Bigl\lVert \mathbb{E}_{s \in c}\, \phi(s) - \mathbb{E}_{t \in c'}\, \phi(t) \Bigr\rVert^2

    Only the ``M`` classes with samples in both domains count. The kernel is that of ``mmd``.

    Args:
        source: Features, shape ``(Bs, D)``.
        target: Features, shape ``(Bt, D)``.
        source_members: Whether a sample belongs to a class, 0 or 1, shape ``(Bs, C)``.
        target_members: The same of the target, shape ``(Bt, C)``; a row of zeros leaves a sample out.
        scales: One kernel for each, all above 0.

    Returns:
        A scalar; 0 where no class counts, and without the second mean where one does. Memory and derivatives are
        as with ``mmd``.

    Raises:
        ValueError: Shapes that do not fit.

    Reference:
        `Contrastive Adaptation Network for Unsupervised Domain Adaptation <https://arxiv.org/abs/1901.00976>`_,
        eqs. 3-5. The bandwidth comes from all pairs of the batch; the authors' code takes one for each pair of
        classes, and divides by the number of all classes instead of those that count.
    """
    check_kernels(scales)
    check_features(source, target)
    left, right = _means(source_members, source), _means(target_members, source)
    means = torch.cat([F.pad(left, (0, left.shape[1])), F.pad(right, (right.shape[1], 0))])  # (Bs + Bt, 2 C)
    shares = _shares(source_members, target_members, source)  # (C, C)
    within = shares.sum(dim=0).diag()  # the shares are symmetric
    between = torch.cat([torch.cat([within, -shares], dim=1), torch.cat([-shares, within], dim=1)])
    kernel = Gaussians(scales, bandwidth_of(torch.cat([source, target])))
    return kernel_sum([pool(source, target)], [kernel], PairWeights(means, between))


def _means(members: Tensor, like: Tensor) -> Tensor:
    weights = members.to(like.dtype)
    return weights / weights.sum(dim=0).clamp(min=1)


def _shares(source_members: Tensor, target_members: Tensor, like: Tensor) -> Tensor:
    """Weight of every pair of classes in the discrepancy, symmetric, shape ``(C, C)``."""
    counting = source_members.any(dim=0) & target_members.any(dim=0)
    pairs = (counting[:, None] & counting).to(like.dtype)
    same = pairs.diagonal().diag()
    others = pairs - same
    return same / same.sum().clamp(min=1) - others / others.sum().clamp(min=1)
