"""Sliced Wasserstein distance."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.alignment import Alignment
from dann.core.errors import check
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Float, Int, Search
from dann.core.views import Losses, View
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
    weights, ours, theirs = steps(len(source), len(target), source)
    ordered = (source @ directions.T).sort(dim=0).values, (target @ directions.T).sort(dim=0).values
    gaps = (ordered[0][ours] - ordered[1][theirs]).square()
    return (weights @ gaps).mean()


def steps(n: int, m: int, like: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Lengths of the pieces of [0, 1] on which both quantile functions are constant, and the ranks they show.

    The functions of ``n`` and ``m`` equal weights jump at multiples of ``1 / n`` and ``1 / m``; in units of
    ``1 / (n m)`` all jumps are whole numbers. Pieces of length 0 occur where both jump at once.
    """
    one = torch.arange(1, n + 1, device=like.device) * m
    other = torch.arange(1, m + 1, device=like.device) * n
    ends = torch.cat([one, other]).sort().values
    lengths = ends.diff(prepend=ends.new_zeros(1)).to(like.dtype) / (n * m)
    return lengths, (ends - 1) // m, (ends - 1) // n


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
