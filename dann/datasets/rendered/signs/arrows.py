"""Arrows and lines of roads."""

from __future__ import annotations

from dann.datasets.rendered.signs.pen import Ink, Pen, Points, arc


def head(pen: Pen, reach: float = 0.42, half: float = 0.11) -> None:
    """Draw a white arrow's head with swept wings, its tip at the origin and pointing up."""
    cut = half * 2.1
    wing = [(0.0, 0.0), (reach, reach), (reach, reach + cut), (half, half + cut), (half, half + cut + 0.1)]
    pen.polygon([*wing, *[(-x, y) for x, y in reversed(wing)]], Ink.WHITE)


def ahead(pen: Pen) -> None:
    """Draw an arrow that points up."""
    head(pen.at(0, -0.78))
    pen.box(-0.11, -0.5, 0.11, 0.76, Ink.WHITE)


def turn_right(pen: Pen) -> None:
    """Draw an arrow that comes from below and bends to the right."""
    head(pen.at(0.8, -0.25, turn=90), 0.4)
    pen.stroke([(-0.24, 0.7), (-0.24, 0.05), *arc(0.06, 0.05, 0.3, 180, 270), (0.5, -0.25)], 0.22, Ink.WHITE)


def ahead_or_right(pen: Pen) -> None:
    """Draw an arrow that forks, up and to the right."""
    head(pen.at(-0.16, -0.82), 0.36, 0.09)
    pen.box(-0.25, -0.5, -0.07, 0.78, Ink.WHITE)
    head(pen.at(0.78, 0.16, turn=90), 0.34, 0.09)
    pen.stroke([*arc(0.2, 0.52, 0.36, 180, 270), (0.55, 0.16)], 0.18, Ink.WHITE)


def keep_right(pen: Pen) -> None:
    """Draw an arrow that points down and to the right."""
    ahead(pen.at(turn=132))


def roundabout(pen: Pen) -> None:
    """Draw three arrows that chase one another anticlockwise."""
    for turn in (0, 120, 240):
        part = pen.at(turn=turn)
        part.stroke(arc(0, 0, 0.58, -42, -112), 0.13, Ink.WHITE)
        part.at(-0.26, -0.52, turn=-117).polygon([(0.0, -0.25), (0.2, 0.06), (-0.2, 0.06)], Ink.WHITE)


def bend_right(pen: Pen) -> None:
    """Draw a road that bends to the right."""
    pen.stroke([(-0.2, 0.62), (-0.2, 0.36), *arc(0.02, 0.36, 0.22, 180, 270), (0.16, 0.14)], 0.17, Ink.BLACK)
    pen.polygon([(0.36, 0.14), (0.1, -0.06), (0.1, 0.34)], Ink.BLACK)


def double_bend(pen: Pen) -> None:
    """Draw a road that bends to the left and back."""
    road: Points = [(0.14, 0.64), (0.14, 0.3), (-0.12, 0.12), (-0.12, -0.14)]
    pen.stroke(road, 0.19, Ink.BLACK)
    pen.polygon([(-0.12, -0.36), (0.08, -0.06), (-0.32, -0.06)], Ink.BLACK)


def crossing(pen: Pen) -> None:
    """Draw a wide road that goes up and a narrow one across it."""
    right = [(0.27, -0.02), (0.16, -0.02), (0.16, 0.64), (0.0, 0.52)]
    pen.polygon([(0.0, -0.34), *right, *[(-x, y) for x, y in reversed(right)]], Ink.BLACK)
    pen.box(-0.32, 0.2, 0.32, 0.32, Ink.BLACK)


def narrows(pen: Pen) -> None:
    """Draw a road whose right edge comes nearer."""
    pen.stroke([(-0.2, -0.16), (-0.2, 0.62)], 0.13, Ink.BLACK)
    pen.stroke([(0.06, -0.16), (0.06, 0.08), (0.24, 0.32), (0.24, 0.62)], 0.13, Ink.BLACK)


def uneven(pen: Pen) -> None:
    """Draw a road with two bumps."""
    pen.box(-0.56, 0.44, 0.56, 0.56, Ink.BLACK)
    for x in (-0.24, 0.24):
        pen.polygon(arc(x, 0.46, 0.23, 180, 360, 0.8), Ink.BLACK)
