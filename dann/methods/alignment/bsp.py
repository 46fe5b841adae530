"""Batch spectral penalisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from dann.core.alignment import Alignment
from dann.core.errors import check
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Float, Int, Search
from dann.core.views import Losses, View
from dann.functional.shapes import check_features


def spectral_penalty(source: Tensor, target: Tensor, count: int = 1) -> Tensor:
    r"""Sum of the largest squared singular values of both feature matrices.

    .. math:: \ell = \sum_{i=1}^k \sigma_{s,i}^2 + \sigma_{t,i}^2

    The squares are eigenvalues of the smaller of ``F F^T`` and ``F^T F``, which is cheaper than a singular value
    decomposition; their gradient divides by nothing, so that it is finite for equal and for zero values.

    Args:
        source: Features, shape ``(Bs, D)``.
        target: Features, shape ``(Bt, D)``.
        count: The paper's :math:`k`; above 0; all of them where there are fewer.

    Returns:
        A scalar of at least 0.

    Raises:
        ValueError: Shapes that do not fit.

    Reference:
        `Transferability vs. Discriminability: Batch Spectral Penalization for Adversarial Domain Adaptation
        <http://proceedings.mlr.press/v97/chen19i.html>`_, section 4.
    """
    check_features(source, target, at_least=1)
    grams = [
        features @ features.T if len(features) < features.shape[1] else features.T @ features
        for features in (source, target)
    ]
    return torch.stack([torch.linalg.eigvalsh(gram)[-count:].sum() for gram in grams]).sum()


class BSP(Alignment):
    """Batch spectral penalisation: keeps a few directions from dominating the features.

    A penalty to add to an adversarial method, which alone strengthens the directions that transfer at the cost
    of those that tell classes apart. The paper never uses it alone.

    Args:
        weight: Factor on the penalty; it scales with the batch size, as the singular values do.
        schedule: How the strength grows with progress; constant in the paper.
        count: How many singular values of each domain to penalise.

    Fails when:
        It is used alone, as it only shrinks features and compares nothing between the domains; or when features
        are so large that the penalty, which is quadratic in them, outweighs the source loss.

    Reference:
        `Transferability vs. Discriminability: Batch Spectral Penalization for Adversarial Domain Adaptation
        <http://proceedings.mlr.press/v97/chen19i.html>`_ (Chen et al., ICML 2019), section 4.
    """

    family: ClassVar[str] = 'adversarial'
    search: ClassVar[Search] = {'weight': Float(1e-5, 1e-2, log=True), 'count': Int(1, 5)}
    rows: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        'bsp+dann': {'alignment': {'class_path': 'Together', 'init_args': {'alignments': ['DANN', 'BSP']}}}
    }

    def __init__(self, weight: float = 1e-4, schedule: Schedule = Constant(), count: int = 1) -> None:
        super().__init__(weight, schedule)
        check(count > 0, f'expected `count` above 0, got {count}')
        self.count = count

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``bsp``."""
        return {'bsp': strength * spectral_penalty(source.features, target.features, self.count)}
