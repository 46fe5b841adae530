"""Moment matching of several sources with the target and with one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, ClassVar

import torch
from torch import Tensor

from dann.core.alignment import Alignment
from dann.core.errors import check
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Float, Int, Search
from dann.core.views import Losses, View


def moment_distance(sources: Sequence[Tensor], target: Tensor, moments: int = 2) -> Tensor:
    r"""Distance of the moments of several sources and a target, of each source and of each pair of sources.

    .. math::
        MD^2 = \sum_{k=1}^{K} \Bigl( \frac1N \sum_{i} \lVert \mathbb E X_i^k - \mathbb E X_T^k \rVert_2
        + \binom N2^{-1} \sum_{i < j} \lVert \mathbb E X_i^k - \mathbb E X_j^k \rVert_2 \Bigr)

    Args:
        sources: Features of each source, shape ``(B_i, D)``; at least one.
        target: Features of the target, shape ``(Bt, D)``.
        moments: Highest moment K, at least 1; powers are taken element by element.

    Returns:
        A scalar of at least 0. With one source the second sum is left out.

    Reference:
        `Moment Matching for Multi-Source Domain Adaptation <https://arxiv.org/abs/1812.01754>`_, definition 1 and
        eq. 1.
    """
    check(len(sources) > 0, 'expected at least one source, got none')
    check(moments > 0, f'expected `moments` of at least 1, got {moments}')
    total = target.new_zeros(())
    for power in range(1, moments + 1):
        means = [(each**power).mean(dim=0) for each in sources]
        aimed = (target**power).mean(dim=0)
        total = total + torch.stack([_apart(mean, aimed) for mean in means]).mean()
        if len(means) > 1:
            total = total + torch.stack([_apart(*two) for two in combinations(means, 2)]).mean()
    return total


def _apart(one: Tensor, other: Tensor) -> Tensor:
    distance: Tensor = torch.linalg.vector_norm(one - other)
    return distance


class M3SDA(Alignment):
    """Moment matching for many sources: moments of every source meet the target's, and those of the other sources.

    Args:
        weight: Trade-off between classification and moments. The distance is a norm and no square, so that its gradient
            does not shrink as the domains meet: a weight of 1 draws features from random weights to zero.
        schedule: How the strength grows with progress; constant in the paper.
        moments: Highest moment that is matched: 2 in the paper.

    Fails when:
        One source is unlike all others: the pairs of sources then pull the features of the good ones towards it. Also
        when domains differ in their classes' shares, as every alignment of marginals.

    Reference:
        `Moment Matching for Multi-Source Domain Adaptation <https://arxiv.org/abs/1812.01754>`_ (Peng et al., ICCV
        2019), eqs. 1 and 2. One classifier for all sources, as in the authors' code for digits, and not one for each.
        The weight is that code's, as the paper names none; the code centres batches first and matches up to five
        moments. The row ``m3sda-b`` is the paper's second method, with the two classifiers of ``MCD``.
    """

    family: ClassVar[str] = 'moments'
    many_sources: ClassVar[bool] = True
    search: ClassVar[Search] = {'weight': Float(1e-4, 1, log=True), 'moments': Int(1, 5)}
    rows: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        'm3sda-b': {'class_path': 'MCD', 'init_args': {'alignment': {'class_path': 'M3SDA'}}}
    }

    def __init__(self, weight: float = 0.0005, schedule: Schedule = Constant(), moments: int = 2) -> None:
        super().__init__(weight, schedule)
        check(moments > 0, f'expected `moments` of at least 1, got {moments}')
        self.moments = moments

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``moments``."""
        parts = [each.features for each in source.by_domain(self.num_sources)]
        return {'moments': strength * moment_distance(parts, target.features, self.moments)}
