"""What is done to training images while they are loaded, and what to all others."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.errors import check
from dann.datasets.weak_and_strong import affine, translate

TRIES = 10
SMALL = 64  # pixels of a side: below, torch's start of each image's resampling costs more than it saves


class Augment:
    """Random shifts, rotations, crops and mirror images, the same for every method.

    With ``crop`` a training image is a random part of the stored one, brought to ``crop`` pixels; every other
    image (validation, test, predictions, the pool of target images) is the ``crop`` pixels in its centre.

    Args:
        shift: Largest shift in pixels, in each direction.
        flip: Mirror left and right half of the time.
        rotate: Largest angle in degrees, in either direction, about the centre, after the shift; read bilinearly.
        crop: Height and width that leave here, at most those of the stored images; ``None`` for theirs.
        scale: Smallest and largest share of the image's area that a random part has, above 0 and up to 1.
        ratio: Smallest and largest width of a random part over its height, above 0.
        border: What a shift or rotation brings in from outside: the ``edge`` repeated, or ``black``.
        domains: Whose training images: those of ``both``, or of the ``source`` alone.

    Reference:
        `Going Deeper with Convolutions <https://arxiv.org/abs/1409.4842>`_ (Szegedy et al., CVPR 2015), section
        6, for the random part. It is read bilinearly, without antialiasing.
    """

    def __init__(
        self,
        shift: int = 0,
        *,
        flip: bool = False,
        crop: int | None = None,
        scale: tuple[float, float] = (0.08, 1.0),
        ratio: tuple[float, float] = (3 / 4, 4 / 3),
        rotate: float = 0.0,
        border: Literal['edge', 'black'] = 'edge',
        domains: Literal['both', 'source'] = 'both',
    ) -> None:
        check(shift >= 0, f'expected `shift` of at least 0, got {shift}')
        check(0 <= rotate <= 180, f'expected `rotate` in [0, 180] degrees, got {rotate}')
        check(crop is None or crop > 0, f'expected `crop` above 0, got {crop}')
        check(not (crop and shift), 'expected `crop` or `shift`, got both; a random crop shifts already')
        check(not (crop and rotate), 'expected `crop` or `rotate`, got both; leave one of them out')
        check(border in ('edge', 'black'), f'expected `border` of edge or black, got {border!r}')
        check(domains in ('both', 'source'), f'expected `domains` of both or source, got {domains!r}')
        check(0 < scale[0] <= scale[1] <= 1, f'expected `scale` in (0, 1], smallest first, got {scale}')
        check(0 < ratio[0] <= ratio[1], f'expected `ratio` above 0, smallest first, got {ratio}')
        self.shift, self.flip, self.crop, self.scale, self.ratio = shift, flip, crop, scale, ratio
        self.rotate, self.border, self.domains = rotate, border, domains

    def of(self, domain: str) -> Augment:
        """Return what is done to training images of a domain, ``source`` or ``target``."""
        return self if domain == 'source' or self.domains == 'both' else AsEvaluated(crop=self.crop)

    @property
    def changes(self) -> bool:
        """Whether training images differ from those that are evaluated."""
        return bool(self.crop or self.shift or self.flip or self.rotate)

    @property
    def only_mirrors(self) -> bool:
        """Whether a training image is as it is evaluated, or the mirror image of that, and nothing else."""
        return self.flip and not (self.crop or self.shift or self.rotate)

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Return augmented uint8 images, shape ``(B, C, H, W)``; ``generator`` is the CPU's."""
        if self.crop is not None:
            return self._cropped(images, self.crop, generator)
        if not self.changes:
            return images
        height, width = images.shape[2:]
        outside = self._outside(max(height, width))
        framed = F.pad(images, [outside] * 4) if outside else images
        moved = self._rotated(self._shifted(framed, generator), generator)
        return moved[:, :, outside : outside + height, outside : outside + width]

    def _outside(self, side: int) -> int:
        """Return how many black pixels around an image can come into it."""
        if self.border == 'edge':
            return 0
        corner = side / 2 * (math.sqrt(2) - 1) if self.rotate else 0
        return self.shift + math.ceil(corner)

    def _shifted(self, images: Tensor, generator: torch.Generator) -> Tensor:
        if not (self.shift or self.flip):
            return images
        count, device = len(images), images.device
        down, right = torch.randint(-self.shift, self.shift + 1, (2, count), generator=generator)
        mirrored = torch.zeros(count, dtype=torch.bool)
        if self.flip:
            mirrored = torch.rand(count, generator=generator) < 0.5
        return translate(images, -down.to(device), -right.to(device), mirrored.to(device))

    def _rotated(self, images: Tensor, generator: torch.Generator) -> Tensor:
        if not self.rotate:
            return images
        angle = math.radians(self.rotate) * (2 * torch.rand(len(images), generator=generator) - 1)
        cos, sin = angle.cos(), angle.sin()
        matrices = torch.stack([cos, -sin, sin, cos], dim=1).view(-1, 2, 2).to(images.device)
        return affine(images.float(), matrices).round().to(images.dtype)

    def evaluation(self, images: Tensor) -> Tensor:
        """Return images as they are evaluated: whole, or the ``crop`` pixels in their centre."""
        if self.crop is None:
            return images
        height, width = images.shape[2:]
        self.check_size(height, width)
        top, left = (height - self.crop) // 2, (width - self.crop) // 2
        return images[:, :, top : top + self.crop, left : left + self.crop]

    def check_size(self, height: int, width: int) -> None:
        """Raise ``CheckError`` unless images of this size hold the crop."""
        least = min(height, width)
        check(
            self.crop is None or self.crop <= least,
            f'expected `crop` of at most the {least} pixels of the images, got {self.crop}; enlarge their `size`',
        )

    def _cropped(self, images: Tensor, side: int, generator: torch.Generator) -> Tensor:
        height, width = images.shape[2:]
        self.check_size(height, width)
        parts = self._parts(len(images), height, width, generator)
        mirrored = torch.zeros(len(images), dtype=torch.bool)
        if self.flip:
            mirrored = torch.rand(len(images), generator=generator) < 0.5
        one_by_one = images.device.type == 'cpu' and side >= SMALL
        resample = resample_each if one_by_one else resample_at_once
        return resample(images, torch.stack(parts, dim=1), mirrored, side)

    def _parts(
        self, count: int, height: int, width: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return top, left, height and width of a random part an image: the first of ten draws that fits."""
        low, high = (math.log(value) for value in self.ratio)
        drawn = torch.rand(4, count, TRIES, generator=generator, dtype=torch.float64)
        area = height * width * (self.scale[0] + drawn[0] * (self.scale[1] - self.scale[0]))
        ratio = torch.exp(low + drawn[1] * (high - low))
        wide, tall = (area * ratio).sqrt().round(), (area / ratio).sqrt().round()
        fits = (wide >= 1) & (tall >= 1) & (wide <= width) & (tall <= height)
        first = fits.int().argmax(dim=1, keepdim=True)
        wide, tall, row, column = (value.gather(1, first)[:, 0] for value in (wide, tall, drawn[2], drawn[3]))
        # where none fits: all of the image, or its centre if it is too wide or too tall
        whole = ~fits.any(dim=1)
        shape = min(max(width / height, self.ratio[0]), self.ratio[1])
        wide = torch.where(whole, float(min(width, round(height * shape))), wide)
        tall = torch.where(whole, float(min(height, round(width / shape))), tall)
        row, column = row.masked_fill(whole, 0.5), column.masked_fill(whole, 0.5)
        return (row * (height - tall + 1)).floor(), (column * (width - wide + 1)).floor(), tall, wide


class AsEvaluated(Augment):
    """What is done to training images of a domain that is not augmented: they are those of an evaluation."""

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Return uint8 images as they are evaluated, shape ``(B, C, H, W)``."""
        return self.evaluation(images)

    @property
    def changes(self) -> bool:
        """Whether training images differ from those that are evaluated: they do not."""
        return False


def resample_each(images: Tensor, parts: Tensor, mirrored: Tensor, side: int) -> Tensor:
    """Parts of images brought to one size, image by image: bilinear, what lies outside a part repeats its border.

    Several times faster on the CPU than ``resample_at_once``, from which no value differs by more than one grey
    level: torch resamples bytes there in whole numbers, rows and columns one after the other.

    Args:
        images: uint8, shape ``(B, C, H, W)``.
        parts: Top, left, height and width of each image's part, whole numbers, shape ``(B, 4)``.
        mirrored: Which parts to mirror left to right, bool, shape ``(B,)``.
        side: Height and width of the result.

    Returns:
        uint8, shape ``(B, C, side, side)``.
    """
    result = images.new_empty(*images.shape[:2], side, side)
    for image, (top, left, tall, wide), turn, out in zip(
        images, parts.long().tolist(), mirrored.tolist(), result, strict=True
    ):
        # contiguous: torch takes a slower way through a view
        part = image[:, top : top + tall, left : left + wide].contiguous()
        resized = F.interpolate(part[None], (side, side), mode='bilinear', align_corners=False)[0]
        out.copy_(resized.flip(2) if turn else resized)
    return result


def resample_at_once(images: Tensor, parts: Tensor, mirrored: Tensor, side: int) -> Tensor:
    """What ``resample_each`` gives, all images at once and on any device; the arguments are the same."""
    size = torch.tensor(images.shape[2:], dtype=torch.float64)
    start, extent = parts[:, :2].double(), parts[:, 2:].double()
    steps = (torch.arange(side, dtype=torch.float64) + 0.5) / side
    # where a pixel's centre is read, in pixels of the image, from half a pixel inside the part on: (B, 2, side)
    least, most = (start + 0.5)[:, :, None], (start + extent - 0.5)[:, :, None]
    places = (start[:, :, None] + extent[:, :, None] * steps).clamp(least, most)
    rows, columns = (2 * places / size[:, None] - 1).float().unbind(dim=1)
    columns = torch.where(mirrored[:, None], columns.flip(1), columns)
    shape = (len(images), side, side)
    grid = torch.stack([columns[:, None, :].expand(shape), rows[:, :, None].expand(shape)], dim=-1)
    read = F.grid_sample(images.float(), grid.to(images.device), padding_mode='border', align_corners=False)
    return read.round_().clamp_(0, 255).to(torch.uint8)
