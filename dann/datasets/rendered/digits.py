"""Sim to real: digits rendered from fonts, and real handwriting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn import functional as F

from dann.core.errors import check
from dann.datasets.storage.stored_domain import Samples, StoredDomain

DIGITS = tuple('0123456789')
FONTS = (
    'DejaVuSans',
    'DejaVuSans-Bold',
    'DejaVuSans-Oblique',
    'DejaVuSansMono',
    'DejaVuSansMono-Bold',
    'DejaVuSerif',
    'DejaVuSerif-Bold',
    'DejaVuSerif-Italic',
    'STIXGeneral',
    'STIXGeneralBol',
    'STIXGeneralItalic',
    'cmr10',
    'cmss10',
    'cmtt10',
    'cmb10',
)
CANVAS = 64


class RenderedDigits(StoredDomain):
    """Digits 0 to 9 in the fonts that matplotlib ships: white on black, rotated, sheared, scaled and shifted.

    Args:
        seed: Of the drawing.
        size: Height and width in pixels.
        train: Samples in the training split.
        val: Samples in the validation split.
        test: Samples in the test split.
        root: Folder for the files; ``$DANN_CACHE`` or ``~/.cache/dann`` when ``None``.
    """

    classes = DIGITS
    name = 'digits/rendered'

    def __init__(
        self,
        seed: int = 0,
        size: int = 28,
        train: int = 3000,
        val: int = 500,
        test: int = 500,
        root: str | None = None,
    ) -> None:
        super().__init__(root)
        check(seed >= 0, f'expected `seed` of at least 0, got {seed}')
        check(min(train, val, test) >= 10, f'expected at least 10 samples a split, got {(train, val, test)}')
        self.seed, self.size = seed, size
        self.counts = {'train': train, 'val': val, 'test': test}

    def options(self) -> dict[str, Any]:
        """Return seed, size and counts."""
        return {'seed': self.seed, 'size': self.size, 'counts': self.counts}

    def make(self) -> dict[str, Samples]:
        """Draw every split from its own random stream."""
        glyphs = _glyphs()
        return {
            split: self._split(split, count, glyphs, np.random.default_rng([self.seed, index]))
            for index, (split, count) in enumerate(self.counts.items())
        }

    def _split(self, split: str, count: int, glyphs: Tensor, rng: np.random.Generator) -> Samples:
        labels = rng.permutation(np.arange(count, dtype=np.int64) % len(DIGITS))
        fonts = rng.integers(len(FONTS), size=count)
        warped = _warp(glyphs[fonts, labels], _affine(count, rng), self.size)
        images = (warped * 255).round().to(torch.uint8).expand(-1, 3, -1, -1).contiguous().numpy()
        ids = np.array([f'{self.name}/{self.seed}/{split}/{number:06d}' for number in range(count)])
        return Samples(images, labels, ids)


class HandwrittenDigits(StoredDomain):
    """The 1,797 handwritten digits of the UCI test set that scikit-learn ships, enlarged from 8x8 pixels.

    Real handwriting of 43 people, scanned and reduced to 17 grey levels. The splits are random, stratified by
    nothing and disjoint by sample; who wrote what is not recorded, so a writer may be in all three.

    Args:
        seed: Of the split.
        size: Height and width in pixels, enlarged bilinearly.
        val: Samples in the validation split.
        test: Samples in the test split; the rest is the training split.
        root: Folder for the files; ``$DANN_CACHE`` or ``~/.cache/dann`` when ``None``.

    Reference:
        `Optical Recognition of Handwritten Digits <https://doi.org/10.24432/C50P49>`_
        (Alpaydin and Kaynak, 1998).
    """

    classes = DIGITS
    name = 'digits/handwritten'

    def __init__(
        self, seed: int = 0, size: int = 28, val: int = 300, test: int = 500, root: str | None = None
    ) -> None:
        super().__init__(root)
        check(seed >= 0, f'expected `seed` of at least 0, got {seed}')
        check(
            min(val, test) >= 10 and val + test <= 1787,
            f'expected `val` and `test` of at least 10 that leave 10 of 1797 samples, got {val} and {test}',
        )
        self.seed, self.size, self.val, self.test = seed, size, val, test

    def options(self) -> dict[str, Any]:
        """Return seed, size and the sizes of the splits."""
        return {'seed': self.seed, 'size': self.size, 'val': self.val, 'test': self.test}

    def make(self) -> dict[str, Samples]:
        """Split the digits at random."""
        from sklearn.datasets import load_digits  # takes a second, and only the first call needs it

        digits = load_digits()
        order = np.random.default_rng(self.seed).permutation(len(digits.target))
        parts = np.split(order, [len(order) - self.val - self.test, len(order) - self.test])
        return {
            split: Samples(
                self._enlarge(digits.images[part]),
                digits.target[part].astype(np.int64),
                np.array([f'{self.name}/{number:04d}' for number in part]),
            )
            for split, part in zip(('train', 'val', 'test'), parts, strict=True)
        }

    def _enlarge(self, images: NDArray[np.float64]) -> NDArray[np.uint8]:
        grey = torch.from_numpy(images / 16).float()[:, None]
        large = F.interpolate(grey, size=(self.size, self.size), mode='bilinear', align_corners=False)
        pixels: NDArray[np.uint8] = (large * 255).round().to(torch.uint8).expand(-1, 3, -1, -1).numpy().copy()
        return pixels


def _glyphs() -> Tensor:
    """All digits in all fonts, centred, shape ``(fonts, 10, CANVAS, CANVAS)`` in [0, 1]."""
    import matplotlib as mpl

    folder = Path(mpl.get_data_path()) / 'fonts' / 'ttf'
    sheets = []
    for name in FONTS:
        font = ImageFont.truetype(str(folder / f'{name}.ttf'), size=46)
        for digit in DIGITS:
            sheet = Image.new('L', (CANVAS, CANVAS))
            ImageDraw.Draw(sheet).text((CANVAS / 2, CANVAS / 2), digit, fill=255, font=font, anchor='mm')
            sheets.append(np.asarray(sheet))
    stacked = np.stack(sheets).reshape(len(FONTS), len(DIGITS), CANVAS, CANVAS)
    return torch.from_numpy(stacked).float() / 255


def _affine(count: int, rng: np.random.Generator) -> Tensor:
    """Random inverse maps from output to glyph coordinates, shape ``(count, 2, 3)``."""
    angle = rng.normal(0, 0.15, count)
    shear = rng.normal(0, 0.15, count)
    width, height = rng.uniform(0.8, 1.35, (2, count))
    shift = rng.uniform(-0.12, 0.12, (2, count))
    cos, sin = np.cos(angle), np.sin(angle)
    rows = [[width * cos, width * (shear * cos - sin), shift[0]], [height * sin, height * cos, shift[1]]]
    return torch.from_numpy(np.moveaxis(np.array(rows), 2, 0)).float()


def _warp(glyphs: Tensor, maps: Tensor, size: int) -> Tensor:
    """Glyphs ``(N, H, W)`` seen through affine maps, averaged down to ``(N, 1, size, size)``."""
    fine = 2 * size
    grid = F.affine_grid(maps, [len(glyphs), 1, fine, fine], align_corners=False)
    return F.avg_pool2d(F.grid_sample(glyphs[:, None], grid, align_corners=False), 2).clamp(0, 1)
