"""Histogram matching."""

from __future__ import annotations

import torch
from torch import Tensor

from dann.core.style import Style
from dann.methods.style.shapes import check_pairs


def match_histogram(source: Tensor, target: Tensor) -> Tensor:
    r"""Source images with exactly the target's values in each channel.

    .. math:: x_{s \to t} = F_t^{-1}(F_s(x))

    The source pixel of rank ``r`` gets the ``r``-th smallest value of the target's channel; equal pixels are
    ranked in raster order.

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
    order = source.flatten(2).argsort(dim=2, stable=True)
    values = target.flatten(2).sort(dim=2).values
    return torch.empty_like(values).scatter_(2, order, values).view_as(source)


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
