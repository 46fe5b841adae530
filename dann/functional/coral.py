"""CORAL distance: how far apart two covariances are."""

from __future__ import annotations

import torch
from torch import Tensor

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
