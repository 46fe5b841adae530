"""What methods do to batches that were loaded: weak and strong augmentation, on the images' device.

``Augment`` makes the batches of every method, from a generator of their own, so that they are the same whatever a
method draws. Here each image has a draw of its own from torch's global generator.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.errors import check
from dann.core.remembered import Remembered


def translate(images: Tensor, down: Tensor, right: Tensor, mirrored: Tensor) -> Tensor:
    """Images moved by whole pixels, the border repeated, and mirrored left to right where asked for.

    Args:
        images: Shape ``(B, C, H, W)``.
        down: Pixels to move each image down, shape ``(B,)``.
        right: Pixels to move each image to the right, shape ``(B,)``.
        mirrored: Which images to mirror after that, bool, shape ``(B,)``.

    Returns:
        Shape ``(B, C, H, W)``.
    """
    count, channels, height, width = images.shape
    rows = (torch.arange(height, device=images.device) - down[:, None]).clamp(0, height - 1)
    columns = (torch.arange(width, device=images.device) - right[:, None]).clamp(0, width - 1)
    columns = torch.where(mirrored[:, None], columns.flip(1), columns)
    # one gather over flat pixels: advanced indexing of four axes is several times slower
    flat = (rows[:, :, None] * width + columns[:, None, :]).view(count, 1, -1)
    return images.flatten(2).gather(2, flat.expand(-1, channels, -1)).view_as(images)


def affine(images: Tensor, matrices: Tensor) -> Tensor:
    """Images under linear maps about their centre, bilinear, the border repeated.

    Args:
        images: Shape ``(B, C, H, W)``.
        matrices: Where each pixel comes from: a pixel at ``(x, y)`` from the centre shows what was at
            ``matrix @ (x, y)``; shape ``(B, 2, 2)``.

    Returns:
        Shape ``(B, C, H, W)``.
    """
    height, width = images.shape[-2:]
    y = torch.arange(height, device=images.device, dtype=images.dtype) - (height - 1) / 2
    x = torch.arange(width, device=images.device, dtype=images.dtype) - (width - 1) / 2
    offsets = torch.stack(torch.meshgrid(x, y, indexing='xy'), dim=-1)  # (H, W, 2)
    size = torch.tensor([width, height], device=images.device, dtype=images.dtype)
    with torch.autocast(images.device.type, enabled=False):  # places are no whole pixels in 16 bits
        grid = 2 / size * torch.einsum('bij,hwj->bhwi', matrices, offsets)
    return F.grid_sample(images, grid, padding_mode='border', align_corners=False)


def cutout(images: Tensor, centre: Tensor, side: Tensor) -> Tensor:
    """Images with a grey box each.

    Args:
        images: In [0, 1], shape ``(B, C, H, W)``.
        centre: Of the box, row and column as shares of height and width, shape ``(B, 2)``.
        side: Of the box as a share of height and width, shape ``(B,)``; 0 for no box.

    Returns:
        Shape ``(B, C, H, W)``.
    """
    height, width = images.shape[-2:]
    y = (torch.arange(height, device=images.device) + 0.5) / height
    x = (torch.arange(width, device=images.device) + 0.5) / width
    inside_y = (y - centre[:, :1]).abs() < side[:, None] / 2  # (B, H)
    inside_x = (x - centre[:, 1:]).abs() < side[:, None] / 2  # (B, W)
    return images.masked_fill((inside_y[:, :, None] & inside_x[:, None, :])[:, None], 0.5)


class Weak(Remembered):
    """Small shifts and, where asked for, mirror images.

    Args:
        shift: Largest shift in each direction as a share of the image, in [0, 1); the border is repeated.
        flip: Mirror left and right half of the time; not for digits or letters.

    Reference:
        `FixMatch <https://arxiv.org/abs/2001.07685>`_ (Sohn et al., NeurIPS 2020), section 2.3: up to 12.5 % and
        mirrored; there the border is reflected.
    """

    def __init__(self, shift: float = 0.125, *, flip: bool = False) -> None:
        check(0 <= shift < 1, f'expected `shift` in [0, 1), got {shift}')
        self.shift = shift
        self.flip = flip

    def __call__(self, images: Tensor) -> Tensor:
        """Return augmented images, shape ``(B, C, H, W)``."""
        check(images.ndim == 4, f'expected images of shape (B, C, H, W), got {tuple(images.shape)}')
        shape, device = (len(images),), images.device
        most = [round(self.shift * size) for size in images.shape[-2:]]
        down, right = (torch.randint(-far, far + 1, shape, device=device) for far in most)
        mirrored = torch.rand(shape, device=device) < (0.5 if self.flip else 0)
        return translate(images, down, right, mirrored)


class Strong(Remembered):
    """A weak augmentation, then rotation, shear, zoom, contrast, brightness, noise and a grey box.

    Each of the seven acts on a random half of the images, by an amount drawn evenly up to ``magnitude`` times
    its bound: 30 degrees, 0.3, a factor of 1 +- 0.3, a factor of 1 +- 0.5 about the image's mean, 0.3, a
    deviation of 0.1, and a box of half the image's side.

    Args:
        magnitude: Share of the bounds in use, in [0, 1].
        shift: As in ``Weak``.
        flip: As in ``Weak``.

    Reference:
        `RandAugment <https://arxiv.org/abs/1909.13719>`_ (Cubuk et al., CVPR-W 2020), without torchvision and for
        whole batches. There two of fourteen operations act on each image, all by one amount; its histogram
        operations (equalise, autocontrast, posterise, solarise), sharpness and colour are left out, zoom and
        noise are added.
    """

    def __init__(self, magnitude: float = 1.0, shift: float = 0.125, *, flip: bool = False) -> None:
        check(0 <= magnitude <= 1, f'expected `magnitude` in [0, 1], got {magnitude}')
        self.magnitude = magnitude
        self.weak = Weak(shift, flip=flip)

    def __call__(self, images: Tensor) -> Tensor:
        """Return augmented images in [0, 1], shape ``(B, C, H, W)``."""
        images = self.weak(images)
        moved = affine(images, self._matrices(images))
        contrast, brightness, noise, side = (
            self._draw(images, bound)[:, None, None, None] for bound in (0.5, 0.3, 0.1, 0.5)
        )
        mean = moved.mean(dim=(1, 2, 3), keepdim=True)
        coloured = mean + (1 + contrast) * (moved - mean) + brightness + noise * torch.randn_like(moved)
        centre = torch.rand(len(images), 2, device=images.device, dtype=images.dtype)
        return cutout(coloured.clamp(0, 1), centre, side.abs().flatten())

    def _matrices(self, images: Tensor) -> Tensor:
        angle, shear, zoom = (self._draw(images, bound) for bound in (math.pi / 6, 0.3, 0.3))
        cos, sin = angle.cos(), angle.sin()
        rows = [cos, shear * cos - sin, sin, shear * sin + cos]
        return (1 + zoom)[:, None, None] * torch.stack(rows, dim=1).view(-1, 2, 2)

    def _draw(self, images: Tensor, bound: float) -> Tensor:
        """Numbers in ``-bound .. bound``, half of them 0, one an image."""
        amount = torch.empty(len(images), device=images.device, dtype=images.dtype).uniform_(-bound, bound)
        return self.magnitude * amount * (torch.rand_like(amount) < 0.5)
