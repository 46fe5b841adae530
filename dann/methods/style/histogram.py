"""Histogram matching."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dann.core.style import Style
from dann.methods.style.shapes import check_pairs


def match_histogram(source: Tensor, target: Tensor) -> Tensor:
    r"""Source images with exactly the target's values in each channel.

    .. math:: x_{s \to t} = F_t^{-1}(F_s(x))

    The source pixel of rank ``r`` gets the ``r``-th smallest value of the target's channel; equal pixels are
    ranked in raster order. Images that come from bytes, as loaded ones do, are sorted as bytes on the CPU, which is
    several times faster and gives the same values.

    Args:
        source: Images, shape ``(B, C, H, W)``.
        target: Images, shape ``(B, C, H, W)``, paired with the source.

    Returns:
        Images, shape ``(B, C, H, W)``.

    Raises:
        ValueError: Shapes that differ.

    Reference:
        Gonzalez and Woods, *Digital Image Processing*, section on histogram specification; by sorting instead of
        bins, so no value is rounded.
    """
    check_pairs(source, target)
    rows, wanted = grey_levels(source), grey_levels(target)
    if rows is not None and wanted is not None:
        return _match_bytes(rows, wanted)
    order = source.flatten(2).argsort(dim=2, stable=True)
    values = target.flatten(2).sort(dim=2).values
    return torch.empty_like(values).scatter_(2, order, values).view_as(source)


def grey_levels(images: Tensor) -> Tensor | None:
    """The bytes ``k`` of which images are ``k / 255`` to the last bit; ``None`` where they are not, or not on the CPU.

    Args:
        images: Any shape.

    Returns:
        uint8, of the same shape.
    """
    if images.dtype != torch.float32 or images.device.type != 'cpu' or images.requires_grad:
        return None
    levels = (images * 255).round_().clamp_(0, 255).to(torch.uint8)
    # as bits: -0.0 equals 0.0, and would not come back
    same = torch.equal((levels.float() / 255).view(torch.int32), images.contiguous().view(torch.int32))
    return levels if same else None


def _match_bytes(source: Tensor, target: Tensor) -> Tensor:
    # numpy sorts bytes by counting, torch by comparing
    order = torch.from_numpy(np.argsort(source.flatten(2).numpy(), axis=2, kind='stable'))
    values = torch.from_numpy(np.sort(target.flatten(2).numpy(), axis=2, kind='stable'))
    return torch.empty_like(values).scatter_(2, order, values).view_as(source).float().div_(255)


class HistogramMatching(Style):
    """Histogram matching, channel by channel.

    Fails when:
        Source and partner show different amounts of sky or dark road: the histogram of a picture tells its content
        too, and matching it exactly turns that content into wrong colours.

    Reference:
        Gonzalez and Woods, *Digital Image Processing*, section on histogram specification.
    """

    def stylise(self, source: Tensor, partner: Tensor) -> Tensor:
        """Return source images with the partner's histograms."""
        return match_histogram(source, partner)
