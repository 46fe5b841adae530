"""Colour statistics: the target's mean and deviation for each channel, in RGB or in a perceptual space."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dann.core.style import Style
from dann.methods.style.shapes import check_pairs

LMS = ((0.3811, 0.5783, 0.0402), (0.1967, 0.7244, 0.0782), (0.0241, 0.1288, 0.8444))
_SCALE = torch.diag(torch.tensor([1 / math.sqrt(3), 1 / math.sqrt(6), 1 / math.sqrt(2)], dtype=torch.float64))
OPPONENT = _SCALE @ torch.tensor([[1, 1, 1], [1, 1, -2], [1, -1, 0]], dtype=torch.float64)


def match_moments(source: Tensor, target: Tensor) -> Tensor:
    r"""Source images moved to the target's channel means and deviations, image by image.

    .. math:: \sigma_t \, (x_s - \mu_s) / \sigma_s + \mu_t

    Args:
        source: Images, shape ``(B, C, H, W)``.
        target: Images, shape ``(B, C, H, W)``, paired with the source.

    Returns:
        Images, shape ``(B, C, H, W)``, not clipped.

    Raises:
        ValueError: Shapes that differ.

    Reference:
        `Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization
        <https://arxiv.org/abs/1703.06868>`_, eq. 8, applied to pixels instead of VGG features.
    """
    check_pairs(source, target)
    deviation, mean = torch.std_mean(source, dim=(2, 3), correction=0, keepdim=True)
    new_deviation, new_mean = torch.std_mean(target, dim=(2, 3), correction=0, keepdim=True)
    return (source - mean) / (deviation + 1e-6) * new_deviation + new_mean


def reinhard(source: Tensor, target: Tensor) -> Tensor:
    r"""Moment matching in the decorrelated space :math:`l\alpha\beta`, and back to RGB.

    Args:
        source: RGB images in [0, 1], shape ``(B, 3, H, W)``.
        target: RGB images in [0, 1], shape ``(B, 3, H, W)``, paired with the source.

    Returns:
        RGB images, shape ``(B, 3, H, W)``, not clipped.

    Raises:
        ValueError: Shapes that differ, or images that do not have three channels.

    Reference:
        `Color Transfer between Images <https://doi.org/10.1109/38.946629>`_ (Reinhard et al., 2001), eqs. 4-11.
        Pixels are raised to at least 1/255 before the logarithm; the matrices are inverted exactly where the
        paper prints four digits.
    """
    check_pairs(source, target, channels=3)
    to_lms = torch.tensor(LMS, dtype=torch.float64)
    forward = to_lms.to(source), OPPONENT.to(source)
    backward = torch.linalg.inv(OPPONENT).to(source), torch.linalg.inv(to_lms).to(source)

    def perceive(images: Tensor) -> Tensor:
        return _colours(forward[1], _colours(forward[0], images.clamp(min=1 / 255)).log10())

    matched = match_moments(perceive(source), perceive(target))
    # a few bright pixels in a flat image lie so many deviations out that the power would overflow
    return _colours(backward[1], 10 ** _colours(backward[0], matched).clamp(max=4))


def _colours(matrix: Tensor, images: Tensor) -> Tensor:
    return torch.einsum('ij,bjhw->bihw', matrix, images)


class MomentMatching(Style):
    """Per-channel mean and deviation of the target image: adaptive instance normalisation on pixels.

    Fails when:
        Brightness or tint tell the classes apart, or a flat source image meets a busy target image: its noise is
        scaled up with it.

    Reference:
        `Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization
        <https://arxiv.org/abs/1703.06868>`_ (Huang and Belongie, ICCV 2017), eq. 8, on pixels: no encoder.
    """

    def stylise(self, source: Tensor, partner: Tensor) -> Tensor:
        """Return source images with the partner's channel statistics."""
        return match_moments(source, partner)


class Reinhard(Style):
    """Colour transfer: moment matching in a decorrelated, perceptual colour space.

    Fails when:
        Images are grey, which leaves two of its three channels without meaning, or almost black: the logarithm
        spreads their noise over the whole range.

    Reference:
        `Color Transfer between Images <https://doi.org/10.1109/38.946629>`_ (Reinhard et al., 2001), eqs. 4-11.
    """

    def stylise(self, source: Tensor, partner: Tensor) -> Tensor:
        """Return source images with the partner's colours."""
        return reinhard(source, partner)
