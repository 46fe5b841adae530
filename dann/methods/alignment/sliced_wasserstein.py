"""Sliced Wasserstein distance."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch.nn import functional as F

from dann.core.alignment import Alignment
from dann.core.errors import check
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Float, Int, Search
from dann.core.views import Losses, View
from dann.functional.sliced_wasserstein import sliced_wasserstein

__all__ = ['SlicedWasserstein', 'sliced_wasserstein']


class SlicedWasserstein(Alignment):
    """Sliced Wasserstein distance between the domains' features, along random directions.

    The directions are drawn anew at every step from torch's generator.

    Args:
        weight: Factor on the distance; the best depends on the features' scale.
        schedule: How the strength grows with progress.
        projections: Number of directions.

    Fails when:
        The domains hold different shares of the classes: every target sample is moved onto some source sample. In
        high dimensions most directions miss the shift, and the distance shrinks like one over the dimension.

    Reference:
        `Sliced Wasserstein Discrepancy for Unsupervised Domain Adaptation <https://arxiv.org/abs/1903.04064>`_
        (Lee et al., CVPR 2019). The paper measures the distance between two classifiers' outputs on the target;
        here it aligns the two domains' features, with the paper's 128 directions. The weight is no paper's.
    """

    family: ClassVar[str] = 'optimal transport'
    search: ClassVar[Search] = {
        **Alignment.search,
        'weight': Float(0.1, 100, log=True),
        'projections': Int(16, 512, log=True),
    }

    def __init__(self, weight: float = 1.0, schedule: Schedule = Constant(), projections: int = 128) -> None:
        super().__init__(weight, schedule)
        check(projections > 0, f'expected `projections` above 0, got {projections}')
        self.projections = projections

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``sliced_wasserstein``."""
        features = source.features
        directions = torch.randn(
            self.projections, features.shape[1], dtype=features.dtype, device=features.device
        )
        value = sliced_wasserstein(features, target.features, F.normalize(directions, dim=1))
        return {'sliced_wasserstein': strength * value}
