"""How far apart two samples are, by measures that no method here descends on."""

from __future__ import annotations

import torch
from torch import Tensor


def deviations(source: Tensor, target: Tensor) -> Tensor:
    """Deviation of each column of both samples together, infinite where it is 0.

    Args:
        source: Shape ``(Bs, D)``.
        target: Shape ``(Bt, D)``.

    Returns:
        Shape ``(D,)``, to divide columns by, so that a constant one counts nothing.
    """
    deviation = torch.cat([source, target]).std(dim=0)
    return deviation.where(deviation > 1e-12, torch.inf)


def energy_distance(source: Tensor, target: Tensor) -> float:
    r"""Energy distance, :math:`2 E|x - y| - E|x - x'| - E|y - y'|`.

    Args:
        source: Shape ``(Bs, D)``.
        target: Shape ``(Bt, D)``.

    Returns:
        At least 0; 0 for equal samples.

    Reference:
        `Energy statistics: A class of statistics based on distances <https://doi.org/10.1016/j.jspi.2013.03.018>`_
        (Szekely and Rizzo, 2013), eq. 6, whose square roots are not taken.
    """
    between = 2 * torch.cdist(source, target).mean()
    return float(between - torch.cdist(source, source).mean() - torch.cdist(target, target).mean())
