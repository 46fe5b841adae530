"""Images as CoTTA's teacher sees them: moved, in other light, blurred and with a little noise."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.datasets.weak_and_strong import affine, translate


def varied(images: Tensor, generator: torch.Generator, *, flip: bool = True) -> Tensor:
    """Images changed at random, each by draws of its own.

    Brightness by a factor in [0.6, 1.4], contrast in [0.7, 1.3], saturation in [0.5, 1.5] and gamma in [0.7, 1.3];
    rotated by up to 15 degrees, zoomed by [0.9, 1.1], moved by up to a sixteenth; blurred by up to half a pixel;
    mirrored half of the time; and noise of 0.005.

    Args:
        images: In [0, 1], shape ``(B, C, H, W)``.
        generator: Of the CPU.
        flip: Whether images may be mirrored.

    Returns:
        In [0, 1], shape ``(B, C, H, W)``.

    Reference:
        `Continual Test-Time Domain Adaptation <https://arxiv.org/abs/2203.13591>`_ (Wang et al., CVPR 2022), by the
        ranges of the authors' code, where a batch shares one draw and the hue changes too.
    """

    def draw(low: float, high: float) -> Tensor:
        return (low + (high - low) * torch.rand(len(images), generator=generator)).to(images)

    lit = _relit(images, draw(0.6, 1.4), draw(0.7, 1.3), draw(0.5, 1.5), draw(0.7, 1.3))
    angle, zoom = draw(-math.pi / 12, math.pi / 12), draw(0.9, 1.1)
    turned = affine(lit, rotation(angle) / zoom[:, None, None])
    height, width = images.shape[-2:]
    down, right = (draw(-size / 16, size / 16).round().long() for size in (height, width))
    placed = translate(turned, down, right, draw(0, 1) < (0.5 if flip else 0))
    noise = 0.005 * torch.randn(images.shape, generator=generator).to(images)
    return (blurred(placed, draw(0.001, 0.5)) + noise).clamp(0, 1)


def _relit(images: Tensor, brightness: Tensor, contrast: Tensor, saturation: Tensor, gamma: Tensor) -> Tensor:
    factors = (each[:, None, None, None] for each in (brightness, contrast, saturation, gamma))
    bright, apart, colour, power = factors
    lit = (bright * images).clamp(0, 1)
    mean = lit.mean(dim=(1, 2, 3), keepdim=True)
    lit = (mean + apart * (lit - mean)).clamp(0, 1)
    grey = lit.mean(dim=1, keepdim=True)
    return (grey + colour * (lit - grey)).clamp(1e-8, 1) ** power


def rotation(angle: Tensor) -> Tensor:
    """Matrices ``(B, 2, 2)`` that turn places by angles in radians, shape ``(B,)``."""
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([cos, -sin, sin, cos], dim=1).view(-1, 2, 2)


def blurred(images: Tensor, deviation: Tensor) -> Tensor:
    """Images ``(B, C, H, W)`` under Gaussians of five pixels, the border repeated; a deviation each, shape ``(B,)``."""
    places = torch.arange(-2, 3).to(images)
    kernel = (-places.square() / (2 * deviation[:, None].square())).exp()
    kernel = kernel / kernel.sum(dim=1, keepdim=True)  # (B, 5)
    count, channels, height, width = images.shape
    each = kernel.repeat_interleave(channels, dim=0)  # (B * C, 5)
    flat = images.reshape(1, count * channels, height, width)
    padded = F.pad(flat, (2, 2, 2, 2), mode='replicate')
    across = F.conv2d(padded, each[:, None, None, :], groups=count * channels)
    return F.conv2d(across, each[:, None, :, None], groups=count * channels).view_as(images)
