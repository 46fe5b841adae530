"""NRC: neighbours in feature space agree, without the source."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.errors import check
from dann.core.search_space import Float, Int, Search
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.methods.training.pseudo_labels import pool_size, survey
from dann.methods.training.source_free import SourceFree, prepare_source


def nearest(own: Tensor, bank: Tensor, count: int) -> Tensor:
    """For some entries of a bank, the most similar other entries.

    Args:
        own: Positions of those entries, any shape.
        bank: Unit vectors, shape ``(N, D)``.
        count: Neighbours of each, below ``N``.

    Returns:
        Shape ``(..., count)``, the nearest first.
    """
    flat = own.flatten()
    with torch.autocast(bank.device.type, enabled=False):  # near neighbours tie in 16 bits
        similarity = (bank[flat] @ bank.T).scatter(1, flat[:, None], float('-inf'))
    return similarity.topk(count, dim=1).indices.view(*own.shape, count)


def affinities(own: Tensor, expanded: Tensor, weak: float) -> Tensor:
    r"""1 where a neighbour has the sample among its own neighbours, else the weak affinity.

    .. math:: A_{ik} = 1 \text{ if } i \in \mathcal{N}_M(k) \text{, else } r

    Args:
        own: The samples, shape ``(B,)``.
        expanded: Neighbours of their neighbours, shape ``(B, K, M)``.
        weak: The paper's ``r``.

    Returns:
        Shape ``(B, K)``, float32.

    Reference:
        `Exploiting the Intrinsic Neighborhood Structure <https://arxiv.org/abs/2110.04202>`_, section 3: the
        affinity of reciprocal neighbours.
    """
    mutual = (expanded == own[:, None, None]).any(dim=2)
    return torch.where(mutual, 1.0, weak)


def disagreement(probabilities: Tensor, scores: Tensor, affinity: Tensor | float) -> Tensor:
    r"""Negative agreement of each prediction with others, weighted.

    .. math:: \ell = -\frac{1}{B} \sum_i \sum_k A_{ik} \, S_{ik}^\top p_i

    Args:
        probabilities: Shape ``(B, C)``.
        scores: Probabilities of each one's neighbours, shape ``(B, K, C)``; constants.
        affinity: Shape ``(B, K)``, or one number for all.

    Returns:
        A scalar in [-K, 0] for affinities in [0, 1].

    Reference:
        `Exploiting the Intrinsic Neighborhood Structure <https://arxiv.org/abs/2110.04202>`_, section 3: its losses
        over neighbours, over expanded neighbours and of each sample with itself.
    """
    return -(affinity * torch.einsum('bkc,bc->bk', scores, probabilities)).sum(dim=1).mean()


def divergence(probabilities: Tensor) -> Tensor:
    r"""Kullback-Leibler divergence of the mean prediction from the uniform one.

    .. math:: \ell = \sum_c \bar p_c \log (C \bar p_c), \qquad \bar p = \tfrac{1}{B} \sum_i p_i

    Args:
        probabilities: Shape ``(B, C)``.

    Returns:
        A scalar in [0, log C].

    Reference:
        `Exploiting the Intrinsic Neighborhood Structure <https://arxiv.org/abs/2110.04202>`_, section 3: its
        diversity loss.
    """
    mean = probabilities.mean(dim=0)
    return (mean * mean.clamp(min=1e-12).log()).sum() + math.log(len(mean))


class NRC(SourceFree):
    """Neighbourhood reciprocity clustering: a target image should be predicted like its neighbours in feature space.

    Features and predictions of the whole pool are kept in banks, filled where the adaptation begins and renewed by
    every batch. Neighbours that are mutual count fully, others and neighbours of neighbours little.

    Args:
        source_share: As in every source-free method.
        init: As in every source-free method.
        neighbours: The paper's ``K``, at least 1; 5 for its largest data set.
        expanded: The paper's ``M``, at least 1: neighbours of each neighbour.
        affinity: The paper's ``r``, in [0, 1].
        label_smoothing: Of the source stage, in [0, 1); it takes the place of the task's.
        weight_norm: Whether the classifier's weights are a length times a direction for each class.

    Fails when:
        Classes overlap in the source model's features, so that neighbours are of other classes; or when the target's
        classes are far from balanced, as the mean prediction is drawn to the uniform one.

    Reference:
        `Exploiting the Intrinsic Neighborhood Structure for Source-free Domain Adaptation
        <https://arxiv.org/abs/2110.04202>`_ (Yang et al., NeurIPS 2021), section 3, all four losses. Label
        smoothing and weight norm are those of the authors' code for Office-Home. Its ``bottleneck: 256`` with
        ``bottleneck_norm: batch`` and ``bottleneck_activation: none``, SGD with learning rate 0.01, Nesterov momentum
        0.9 and weight decay 5e-4, a constant rate, and ``backbone_lr_scale: 0.1`` are options of the run.
    """

    search: ClassVar[Search] = {
        **SourceFree.search,
        'neighbours': Int(2, 10),
        'expanded': Int(1, 10),
        'affinity': Float(0.03, 1, log=True),
        'label_smoothing': Float(0.0, 0.3),
    }
    feature_bank: Tensor
    score_bank: Tensor

    def __init__(
        self,
        *,
        source_share: float = 0.5,
        init: str | None = None,
        neighbours: int = 5,
        expanded: int = 5,
        affinity: float = 0.1,
        label_smoothing: float = 0.1,
        weight_norm: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(source_share=source_share, init=init, **kwargs)
        prepare_source(self, label_smoothing, weight_norm=weight_norm)
        check(
            neighbours > 0 and expanded > 0,
            f'expected `neighbours` and `expanded` of at least 1, got {neighbours} and {expanded}',
        )
        check(0 <= affinity <= 1, f'expected `affinity` in [0, 1], got {affinity}')
        self.neighbours, self.expanded, self.affinity = neighbours, expanded, affinity
        self.register_buffer('feature_bank', torch.zeros(0, self.network.feature_dim))
        self.register_buffer('score_bank', torch.zeros(0, kwargs['num_classes']))

    def setup(self, stage: str) -> None:
        """Make room for the features and probabilities of every target image."""
        super().setup(stage)
        size, most = pool_size(self), max(self.neighbours, self.expanded)
        check(
            not 0 < size <= most,
            f'expected more target images than the {most} neighbours of each, got {size}; '
            'lower `neighbours` and `expanded`',
        )
        if len(self.score_bank) != size:
            self.feature_bank = self.feature_bank.new_zeros(size, self.feature_bank.shape[1])
            self.score_bank = self.score_bank.new_zeros(size, self.score_bank.shape[1])

    def survey(self) -> None:
        """Fill the banks."""
        seen = survey(self)
        self.feature_bank.copy_(F.normalize(seen.features.to(self.feature_bank.dtype), dim=1))
        self.score_bank.copy_(seen.probabilities)

    def adapt(self, batch: Batch, target: View) -> Losses:
        """Return the terms ``neighbours``, ``expanded``, ``self`` and ``divergence``."""
        own, p = batch['target_index'], target.probabilities
        self.feature_bank[own] = F.normalize(target.features.detach().to(self.feature_bank.dtype), dim=1)
        self.score_bank[own] = p.detach().to(self.score_bank.dtype)
        near = nearest(own, self.feature_bank, self.neighbours)  # (B, K)
        far = nearest(near, self.feature_bank, self.expanded)  # (B, K, M)
        scores = self.score_bank
        return {
            'neighbours': disagreement(p, scores[near], affinities(own, far, self.affinity)),
            'expanded': disagreement(p, scores[far.flatten(1)], self.affinity),
            'self': disagreement(p, scores[own][:, None], 1.0),
            'divergence': divergence(p),
        }
