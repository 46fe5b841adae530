"""A small vector layer: filled shapes in flat inks on one sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

EXTENT = 1.05  # half the sheet's side, where a sign's largest half-width is 1
RESOLUTION = 96  # pixels per side of a finished drawing
FINE = 4  # drawn larger by this factor, for smooth edges

Points = Sequence[tuple[float, float]]


class Ink(IntEnum):
    """What a point of the sheet is covered with."""

    NONE = 0
    WHITE = 1
    BLACK = 2
    RED = 3
    BLUE = 4
    YELLOW = 5
    GREY = 6
    GREEN = 7


def sheet() -> Image.Image:
    """Return an empty sheet; its pixels are inks."""
    return Image.new('L', (RESOLUTION * FINE, RESOLUTION * FINE), int(Ink.NONE))


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws on a sheet in coordinates of its own, x to the right and y down.

    Args:
        image: The sheet.
        matrix: Maps the pen's coordinates to those of the sheet, of which the sign fills [-1, 1], shape ``(2, 3)``.
    """

    image: Image.Image = field(default_factory=sheet)
    matrix: NDArray[np.float64] = field(default_factory=lambda: np.eye(2, 3))

    def at(
        self, x: float = 0, y: float = 0, scale: float = 1, turn: float = 0, *, flip: bool = False
    ) -> Self:
        """Return a pen whose origin is ``(x, y)``, turned clockwise by ``turn`` degrees, its x axis flipped or not."""
        cos, sin = scale * math.cos(math.radians(turn)), scale * math.sin(math.radians(turn))
        side = -1 if flip else 1
        local = np.array([[side * cos, -sin, x], [side * sin, cos, y], [0, 0, 1]])
        return type(self)(self.image, self.matrix @ local)

    def polygon(self, points: Points, ink: Ink) -> None:
        """Fill the polygon of these corners."""
        ImageDraw.Draw(self.image).polygon(self._pixels(points), fill=int(ink))

    def box(self, left: float, top: float, right: float, bottom: float, ink: Ink) -> None:
        """Fill a rectangle."""
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], ink)

    def disc(self, x: float, y: float, radius: float, ink: Ink) -> None:
        """Fill a circle."""
        self.polygon(arc(x, y, radius, 0, 360), ink)

    def stroke(self, points: Points, width: float, ink: Ink, *, caps: bool = False) -> None:
        """Draw a line through ``points`` with round joints and, if asked, round ends."""
        for start, stop in pairwise(points):
            across, along = stop[0] - start[0], stop[1] - start[1]
            length = math.hypot(across, along)
            if length > 0:
                x, y = -along / length * width / 2, across / length * width / 2
                ends = [(start[0] + x, start[1] + y), (start[0] - x, start[1] - y)]
                ends += [(stop[0] - x, stop[1] - y), (stop[0] + x, stop[1] + y)]
                self.polygon(ends, ink)
        for x, y in points if caps else points[1:-1]:
            self.disc(x, y, width / 2, ink)

    def rounded(self, points: Points, radius: float, ink: Ink) -> None:
        """Fill the points closer than ``radius`` to a polygon."""
        self.polygon(points, ink)
        self.stroke([*points, points[0]], 2 * radius, ink, caps=True)

    def text(self, words: str, width: float, height: float, ink: Ink) -> None:
        """Write ``words`` in DejaVu Sans Bold, brought to this width and height, around the origin."""
        across, down = (round(side * self._scale) for side in (width, height))
        mask = (
            letters(words).resize((across, down), Image.Resampling.BILINEAR).point(lambda v: 255 * (v > 127))
        )
        x, y = self._pixels([(0, 0)])[0]
        self.image.paste(int(ink), (round(x - across / 2), round(y - down / 2)), mask)

    @property
    def _scale(self) -> float:
        size = float(self.image.width) / (2 * EXTENT)
        return size * math.hypot(self.matrix[0, 0], self.matrix[1, 0])

    def _pixels(self, points: Points) -> list[tuple[float, float]]:
        places = np.asarray(points, dtype=np.float64) @ self.matrix[:2, :2].T + self.matrix[:2, 2]
        pixels = (places + EXTENT) / (2 * EXTENT) * self.image.width - 0.5
        return [(float(x), float(y)) for x, y in pixels]


def letters(words: str) -> Image.Image:
    """Return ``words`` in DejaVu Sans Bold, large, white on black, without a margin."""
    import matplotlib as mpl

    path = Path(mpl.get_data_path()) / 'fonts' / 'ttf' / 'DejaVuSans-Bold.ttf'
    font = ImageFont.truetype(str(path), size=200)
    left, top, right, bottom = (int(side) for side in font.getbbox(words))
    image = Image.new('L', (right - left, bottom - top))
    ImageDraw.Draw(image).text((-left, -top), words, fill=255, font=font)
    return image


def arc(
    x: float, y: float, radius: float, start: float, stop: float, flat: float = 1
) -> list[tuple[float, float]]:
    """Return points on a circle from ``start`` to ``stop`` degrees, clockwise from the right.

    Args:
        x: Centre.
        y: Centre.
        radius: Radius.
        start: First angle.
        stop: Last angle.
        flat: Height of the circle as a share of its width.
    """
    angles = np.radians(np.linspace(start, stop, max(8, int(abs(stop - start) / 5))))
    return [(x + radius * math.cos(a), y + flat * radius * math.sin(a)) for a in angles]
