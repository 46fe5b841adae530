"""Synthetic numbers: printed digits in colour, with neighbours, to learn house numbers from."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn import functional as F

from dann.datasets.base import SPLITS
from dann.datasets.rendered.digits import DIGITS, FONTS
from dann.datasets.rendered.random_batch import RandomBatch
from dann.datasets.rendered.rendered_domain import RenderedDomain

SHEET = 96  # pixels per side of a number before it is warped
HEIGHT = 52  # of its letters
BATCH = 256


class SynDigits(RenderedDomain):
    """Numbers of one to three digits in colour on colour; the class is the digit in the middle.

    Text, font, outline, colours, rotation, slant, size, place, blur and noise vary, as for the synthetic numbers
    that Ganin et al. adapted to SVHN. These are not their 500,000 images: they wrote in Windows' fonts, and these
    numbers are in the fonts that matplotlib ships, on backgrounds of their own, so that results on the two do not
    compare. Ranges were chosen without a look at a target image. The same arguments give the same images.

    Args:
        seed: Of the drawing.
        size: Height and width in pixels, from 16 to 64.
        train: Samples in the training split; digits differ in number by at most one, in every split.
        val: Samples in the validation split.
        test: Samples in the test split.
        root: Folder for the files; ``$DANN_CACHE`` or ``~/.cache/dann`` when ``None``.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        `Unsupervised Domain Adaptation by Backpropagation <https://arxiv.org/abs/1409.7495>`_
        (Ganin and Lempitsky, ICML 2015), sec. 4, "Synthetic numbers to SVHN".
    """

    classes = DIGITS
    name = 'digits/synthetic'

    def render(self, labels: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.uint8]:
        """Return pictures of these classes, shape ``(N, 3, size, size)``."""
        return numbers(labels, self.size, generator)

    def contact_sheet(self) -> dict[str, NDArray[np.uint8]]:
        """Return rows of numbers, one of each class in order."""
        labels, generator = np.arange(10), np.random.default_rng([self.seed, len(SPLITS)])
        return {f'synthetic {row}': numbers(labels, self.size, generator) for row in (1, 2, 3)}


def numbers(labels: NDArray[np.int64], size: int, generator: np.random.Generator) -> NDArray[np.uint8]:
    """Return pictures of numbers with these digits in their middles, shape ``(N, 3, size, size)``.

    Args:
        labels: Digits, shape ``(N,)``.
        size: Pixels per side.
        generator: Draws all else.
    """
    images = []
    for start in range(0, len(labels), BATCH):
        digits = labels[start : start + BATCH]
        random = RandomBatch(generator, len(digits))
        inked = _warp(torch.stack([_write(int(digit), generator) for digit in digits]), size, random)
        images.append(_colour(inked, random).numpy())
    return np.concatenate(images)


def _write(digit: int, generator: np.random.Generator) -> Tensor:
    """Return where the ink and where ink or outline is, shape ``(2, SHEET, SHEET)`` in [0, 1]."""
    length = generator.integers(1, 4)
    before, after = [(0, 0), (1, 0) if generator.random() < 0.5 else (0, 1), (1, 1)][length - 1]
    left, right = generator.integers(10, size=2)
    font = _font(FONTS[generator.integers(len(FONTS))])
    outline = int(generator.integers(1, 6)) if generator.random() < 0.35 else 0
    gap = generator.uniform(-1, 8)
    half = font.getlength(str(digit)) / 2 + gap
    texts = [(SHEET / 2, str(digit), 'mm')]
    texts += [(SHEET / 2 - half, str(left), 'rm')] * before + [(SHEET / 2 + half, str(right), 'lm')] * after
    layers = []
    for width in (0, outline):
        sheet = Image.new('L', (SHEET, SHEET))
        pen = ImageDraw.Draw(sheet)
        for x, text, anchor in texts:
            pen.text((x, SHEET / 2), text, fill=255, font=font, anchor=anchor, stroke_width=width)
        layers.append(np.asarray(sheet))
    return torch.from_numpy(np.stack(layers)).float() / 255


@cache
def _font(name: str) -> ImageFont.FreeTypeFont:
    import matplotlib as mpl

    return ImageFont.truetype(str(Path(mpl.get_data_path()) / 'fonts' / 'ttf' / f'{name}.ttf'), size=HEIGHT)


def _warp(inked: Tensor, size: int, random: RandomBatch) -> Tensor:
    """Return ``inked`` turned, slanted, scaled, shifted and blurred, shape ``(B, 2, 2 size, 2 size)``."""
    turn, slant = random.normal(0, 0.12), random.normal(0, 0.12)
    across, down = random.uniform(0.5, 0.9), random.uniform(0.5, 0.8)
    cos, sin = turn.cos(), turn.sin()
    shift = random.normal(0, 0.03, 2)
    rows = [across * cos, across * (slant * cos - sin), shift[:, :1], down * sin, down * cos, shift[:, 1:]]
    maps = torch.cat(rows, dim=1).reshape(-1, 2, 3)
    grid = F.affine_grid(maps, [len(inked), 2, 2 * size, 2 * size], align_corners=False)
    sharp = F.grid_sample(inked, grid, align_corners=False)
    deviation = random.uniform(0.1, 2.2) * size / 32
    places = torch.arange(2 * size)
    weights = torch.exp(-((places[:, None] - places) / deviation).square() / 2)
    weights = weights / weights.sum(dim=3, keepdim=True)
    return weights @ sharp @ weights.transpose(2, 3)


def _colour(inked: Tensor, random: RandomBatch) -> Tensor:
    """Return uint8 pictures, shape ``(B, 3, size, size)``, of ink and outline on a background."""
    paper = random.uniform(0, 1, 3)
    ink = _unlike(paper, random)
    outline = _unlike(ink, random)
    size = inked.shape[-1]
    line = torch.linspace(-1, 1, size)
    slope = random.normal(0, 0.08, 3) * line + random.normal(0, 0.08, 3) * line[:, None]
    background = paper + slope + random.coin(0.4) * random.uniform(0, 0.12) * random.clouds(5, size)
    drawn = background + inked[:, 1:] * (outline - background)
    drawn = F.avg_pool2d(drawn + inked[:, :1] * (ink - drawn), 2)
    noisy = drawn + random.uniform(0, 0.04) * random.noise(3, size // 2)
    return (noisy.clamp(0, 1) * 255).round().to(torch.uint8)


def _unlike(colour: Tensor, random: RandomBatch) -> Tensor:
    """Return of four random colours the one farthest from ``colour``, shape ``(B, 3, 1, 1)``."""
    offers = torch.stack([random.uniform(0, 1, 3) for _ in range(4)])
    best = (offers - colour).square().sum(dim=(2, 3, 4)).argmax(dim=0)
    return offers[best, torch.arange(len(colour))]
