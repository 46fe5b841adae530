"""Clusters by angle."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.errors import check
from dann.functional.shapes import check_features


class Clusters(NamedTuple):
    """What spherical k-means finds.

    Args:
        classes: Of each sample, shape ``(N,)``.
        distances: Of each sample to the centre of its class, in [0, 1], shape ``(N,)``.
        centres: Of length 1, shape ``(C, D)``.
    """

    classes: Tensor
    distances: Tensor
    centres: Tensor


def directions(features: Tensor, members: Tensor) -> Tensor:
    r"""Sum of the members' features, each of length 1: the direction of a class's centre.

    .. math:: o_c = \sum_{n \in c} \frac{f_n}{\lVert f_n \rVert}

    Args:
        features: Shape ``(N, D)``.
        members: Whether a sample belongs to a class, 0 or 1, shape ``(N, C)``.

    Returns:
        Shape ``(C, D)``, a row of zeros for a class without members. Sums of parts of a pool add up to that of the
        pool.

    Reference:
        `Contrastive Adaptation Network for Unsupervised Domain Adaptation <https://arxiv.org/abs/1901.00976>`_,
        section 3.4.
    """
    return members.to(features.dtype).T @ F.normalize(features, dim=1)


def cosine_distance(one: Tensor, other: Tensor) -> Tensor:
    r"""Distance of directions, :math:`(1 - \cos) / 2`.

    Args:
        one: Shape ``(..., D)``.
        other: Of the same shape, or one that it can be expanded to.

    Returns:
        In [0, 1], shape ``(...)``; 1/2 to a vector of zeros.
    """
    return (0.5 * (1 - F.cosine_similarity(one, other, dim=-1))).clamp(0, 1)


def spherical_clusters(target: Tensor, centres: Tensor, *, iterations: int = 100) -> Clusters:
    r"""Clusters of spherical k-means that starts from given centres.

    .. math:: \hat y_n = \arg\min_c \frac12 (1 - \cos(f_n, o_c)), \qquad
        o_c \leftarrow \sum_{\hat y_n = c} \frac{f_n}{\lVert f_n \rVert}

    Both are repeated until no sample changes its cluster.

    Args:
        target: Features, shape ``(N, D)``.
        centres: Of the source's classes, of any length, shape ``(C, D)``. A class whose centre is zero gets no sample.
        iterations: How often centres are moved at most, at least 1. A cluster left empty keeps its centre.

    Returns:
        The clusters, without gradient.

    Raises:
        ValueError: Shapes that do not fit, or no centre.

    Reference:
        `Contrastive Adaptation Network for Unsupervised Domain Adaptation <https://arxiv.org/abs/1901.00976>`_,
        section 3.4. The authors' code stops where centres move by less than 0.005 in the mean.
    """
    check_features(centres, target)
    check(iterations >= 1, f'expected `iterations` of at least 1, got {iterations}')
    absent = ~centres.any(dim=1)
    check(not absent.all(), 'expected a class with source samples, got centres that are all zero')
    samples, centres = (F.normalize(each.detach(), dim=1) for each in (target, centres))
    classes, distances = _nearest(samples, centres, absent)
    for _ in range(iterations):
        sums = directions(samples, F.one_hot(classes, len(centres)))
        centres = F.normalize(sums, dim=1).where(sums.any(dim=1, keepdim=True), centres)
        before = classes
        classes, distances = _nearest(samples, centres, absent)
        if torch.equal(classes, before):
            break
    return Clusters(classes, distances, centres)


def _nearest(samples: Tensor, centres: Tensor, absent: Tensor) -> tuple[Tensor, Tensor]:
    distances = (0.5 * (1 - samples @ centres.T)).clamp(0, 1)
    nearest = distances.masked_fill(absent, torch.inf).min(dim=1)
    return nearest.indices, nearest.values
