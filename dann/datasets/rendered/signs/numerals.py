"""Numbers on speed limit signs: upright strokes of one width, or letters of a font."""

from __future__ import annotations

from dann.datasets.rendered.signs.pen import Ink, Pen, Points, arc

WIDE = 0.42  # half the width of a digit's middle line where half its height is 1


def _ring(y: float, radius: float, height: float) -> Points:
    """Return the middle line of a closed bowl around ``y``, ``height`` from its middle to its top."""
    straight = height - radius
    top, bottom = arc(0, y - straight, radius, 180, 360), arc(0, y + straight, radius, 0, 180)
    return [*top, *bottom, top[0], top[1]]


LINES: dict[str, list[Points]] = {
    '0': [_ring(0, WIDE, 1)],
    '1': [[(-0.28, -0.62), (0.12, -0.93)], [(0.12, -1.0), (0.12, 1.0)]],
    '2': [[*arc(0, -1 + WIDE, WIDE, 180, 375), (-0.36, 0.78), (-0.42, 1.0), (0.46, 1.0)]],
    '3': [[*arc(-0.02, -0.54, 0.44, 190, 440)], [*arc(-0.02, 0.48, 0.47, 278, 530, flat=1.1)]],
    '5': [[(0.38, -1.0), (-0.3, -1.0), (-0.36, -0.12), *arc(-0.02, 0.44, 0.46, 215, 515, flat=1.22)]],
    '6': [_ring(0.4, WIDE, 0.6), [(0.26, -1.0), (-0.2, -0.1), (-WIDE, 0.4)]],
    '7': [[(-0.44, -1.0), (0.4, -1.0), (0.36, -0.8), (-0.14, 1.0)]],
    '8': [_ring(-0.52, 0.37, 0.48), _ring(0.48, WIDE, 0.52)],
}


def number(pen: Pen, digits: str, ink: Ink = Ink.BLACK) -> None:
    """Draw ``digits`` around the origin in strokes."""
    narrow = len(digits) > 2
    height, width, step = (0.36, 0.25, 0.36) if narrow else (0.36, 0.39, 0.49)
    thick = 0.125 if narrow else 0.155
    for place, digit in enumerate(digits):
        x = (place - (len(digits) - 1) / 2) * step
        for line in LINES[digit]:
            pen.stroke([(x + across * width, down * height) for across, down in line], thick, ink)


def typeset(pen: Pen, digits: str, ink: Ink = Ink.BLACK) -> None:
    """Draw ``digits`` around the origin in DejaVu Sans Bold, condensed."""
    pen.text(digits, 0.94 if len(digits) == 2 else 1.08, 0.8, ink)
