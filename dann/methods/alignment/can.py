"""Contrastive domain discrepancy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.alignment import Alignment
from dann.core.errors import check
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Float, Int, Search
from dann.core.views import Losses, View
from dann.functional.distances import pool
from dann.functional.kernel_sums import PairWeights, kernel_sum
from dann.functional.kernels import SCALES, Gaussians, bandwidth_of, check_kernels
from dann.functional.labels import labels_of
from dann.functional.layers import Layer, activations, check_layers
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
        classes.
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


def spherical_clusters(
    source: Tensor, source_members: Tensor, target: Tensor, *, iterations: int = 10
) -> tuple[Tensor, Tensor]:
    r"""Target clusters of spherical k-means that starts from the source's class centres.

    Args:
        source: Features, shape ``(Bs, D)``.
        source_members: Whether a sample belongs to a class, 0 or 1, shape ``(Bs, C)``.
        target: Features, shape ``(Bt, D)``.
        iterations: How often samples are assigned and centres moved; a cluster left empty keeps its centre.

    Returns:
        Each target sample's class, shape ``(Bt,)``, and its distance :math:`(1 - \cos) / 2` in [0, 1] to the
        class's centre, shape ``(Bt,)``; both without gradient. Classes without a source sample get no sample.

    Reference:
        `Contrastive Adaptation Network for Unsupervised Domain Adaptation <https://arxiv.org/abs/1901.00976>`_,
        section 3.4.
    """
    left, right = (F.normalize(domain.detach(), dim=1) for domain in (source, target))
    members = source_members.to(left.dtype)
    absent = members.sum(dim=0) == 0
    centres = F.normalize(members.T @ left, dim=1)
    for _ in range(iterations):
        assigned = _nearest(right, centres, absent)[0]
        moved = F.normalize(F.one_hot(assigned, len(centres)).to(right.dtype).T @ right, dim=1)
        centres = moved.where(moved.any(dim=1, keepdim=True), centres)
    return _nearest(right, centres, absent)


def _nearest(samples: Tensor, centres: Tensor, absent: Tensor) -> tuple[Tensor, Tensor]:
    distances = (0.5 * (1 - samples @ centres.T)).clamp(0, 1)
    nearest = distances.masked_fill(absent, torch.inf).min(dim=1)
    return nearest.indices, nearest.values


class CAN(Alignment):
    """Contrastive adaptation: draws classes together across domains and pushes different classes apart.

    Target classes come from spherical k-means on the features of each batch, started from the batch's source
    class centres.

    Args:
        weight: The paper's beta.
        schedule: How the strength grows with progress; constant in the paper.
        scales: Bandwidths as multiples of the mean squared distance.
        layers: Any of ``features``, ``hidden``, ``logits`` and ``probabilities``; the loss is the sum over them.
        max_distance: Target samples farther than this from their cluster's centre are left out (the paper's D0):
            0.05 in its tasks from Amazon; 1 keeps all, as in its other tasks.
        min_count: Classes with fewer target samples than this in the batch are left out (the paper's N0, which
            counts the whole target set and is 3 where it filters).
        iterations: Rounds of k-means.

    Fails when:
        Clusters do not match classes, as with a strong shift or a network that starts untrained: wrong pairs are
        then drawn together and right ones pushed apart, which later batches confirm. A batch with few
        samples a class gives poor centres, and classes absent from its source half take no target sample.

    Reference:
        `Contrastive Adaptation Network for Unsupervised Domain Adaptation <https://arxiv.org/abs/1901.00976>`_
        (Kang et al., CVPR 2019), eqs. 3-8, on features and probabilities as in the authors' code. The paper
        clusters the whole target set before every loop over the data and then draws batches class by class, the
        same classes from both domains; here batches are whatever the loader gives, and clustering stays within
        the batch. Domain-specific batch norm is the network's ``batch_norm`` option.
    """

    family: ClassVar[str] = 'class-conditional'
    search: ClassVar[Search] = {
        **Alignment.search,
        'weight': Float(0.03, 3, log=True),
        'max_distance': Float(0.05, 1),
        'min_count': Int(1, 3),
    }

    def __init__(
        self,
        weight: float = 0.3,
        schedule: Schedule = Constant(),
        scales: Sequence[float] = SCALES,
        layers: Sequence[Layer] = ('features', 'probabilities'),
        max_distance: float = 1.0,
        min_count: int = 1,
        iterations: int = 10,
    ) -> None:
        super().__init__(weight, schedule)
        check_kernels(scales)
        check(0 < max_distance <= 1, f'expected `max_distance` in (0, 1], got {max_distance}')
        check(min_count >= 1, f'expected `min_count` of at least 1, got {min_count}')
        check(iterations >= 1, f'expected `iterations` of at least 1, got {iterations}')
        self.scales = tuple(scales)
        self.layers = check_layers(layers)
        self.max_distance, self.min_count, self.iterations = max_distance, min_count, iterations

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``can``."""
        here = F.one_hot(labels_of(source), source.logits.shape[1])
        there = self.members(source, here, target)
        left, right = activations(source, self.layers), activations(target, self.layers)
        values = [
            contrastive_discrepancy(left[name], right[name], here, there, scales=self.scales) for name in left
        ]
        return {'can': strength * torch.stack(values).sum()}

    def members(self, source: View, source_members: Tensor, target: View) -> Tensor:
        """Return the class assigned to each target sample, as 0 or 1, shape ``(Bt, C)``, after both filters."""
        classes, distances = spherical_clusters(
            source.features, source_members, target.features, iterations=self.iterations
        )
        near = distances <= self.max_distance
        members = F.one_hot(classes, source_members.shape[1]) * near[:, None]
        return members * (members.sum(dim=0) >= self.min_count)
