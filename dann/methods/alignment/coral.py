"""Deep CORAL."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from dann.core.alignment import Alignment
from dann.core.search_space import Float, Search
from dann.core.views import Losses, View
from dann.functional.shapes import check_features


def coral(source: Tensor, target: Tensor) -> Tensor:
    r"""Squared Frobenius distance of the two feature covariances, scaled by the dimension.

    .. math:: \ell = \frac{1}{4 D^2} \lVert C_s - C_t \rVert_F^2

    Args:
        source: Features, shape ``(Bs, D)``, ``Bs`` at least 2.
        target: Features, shape ``(Bt, D)``, ``Bt`` at least 2.

    Returns:
        A scalar of at least 0, computed in float32 or better.

    Raises:
        ValueError: Shapes that do not fit, or a domain with fewer than two samples.

    Reference:
        `Deep CORAL <https://arxiv.org/abs/1607.01719>`_, eqs. 1-3.
    """
    check_features(source, target, at_least=2)
    gap = torch.cov(source.T).reshape(source.shape[1], -1) - torch.cov(target.T).reshape(source.shape[1], -1)
    return gap.square().sum() / (4 * source.shape[1] ** 2)


class CORAL(Alignment):
    """Deep CORAL: aligns the second moments of the features.

    The paper sets the weight so that the source loss and this one end up about equal, without printing it; 1
    is the default here.

    Fails when:
        The domains differ in their means or in anything beyond second moments, which it cannot see, or hold
        different shares of the classes. The 1 / (4 D^2) makes the loss tiny for small features, so that a weight
        of 1 may do nothing at all.

    Reference:
        `Deep CORAL <https://arxiv.org/abs/1607.01719>`_ (Sun and Saenko, ECCV-W 2016), eqs. 1-4.
    """

    family: ClassVar[str] = 'moments'
    search: ClassVar[Search] = {**Alignment.search, 'weight': Float(0.1, 1000, log=True)}

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``coral``."""
        return {'coral': strength * coral(source.features, target.features)}
