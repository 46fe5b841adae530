"""The plates that symbols stand on."""

from __future__ import annotations

import math

from dann.datasets.rendered.signs.pen import Ink, Pen

RIM = 0.035  # the white edge around a plate


def prohibition(pen: Pen) -> None:
    """Draw a white disc with a red ring."""
    pen.disc(0, 0, 1, Ink.WHITE)
    pen.disc(0, 0, 1 - RIM, Ink.RED)
    pen.disc(0, 0, 0.7, Ink.WHITE)


def bare(pen: Pen) -> None:
    """Draw nothing: the symbol of a plate that is a sign by itself."""


def mandate(pen: Pen) -> None:
    """Draw a blue disc."""
    pen.disc(0, 0, 1, Ink.WHITE)
    pen.disc(0, 0, 1 - RIM, Ink.BLUE)


def ending(pen: Pen) -> None:
    """Draw a white disc with a thin black ring."""
    pen.disc(0, 0, 1, Ink.WHITE)
    pen.disc(0, 0, 0.97, Ink.BLACK)
    pen.disc(0, 0, 0.915, Ink.WHITE)


def crossed_out(pen: Pen) -> None:
    """Draw five thin lines from the lower left to the upper right."""
    for number in range(-2, 3):
        aside = 0.105 * number
        along = math.sqrt(0.94**2 - aside**2)
        pen.at(turn=-45).stroke([(-along, aside), (along, aside)], 0.068, Ink.BLACK)


def warning(pen: Pen) -> None:
    """Draw a white triangle with a red edge, one corner up."""
    _triangle(pen)


def giving_way(pen: Pen) -> None:
    """Draw a white triangle with a red edge, one corner down."""
    _triangle(pen.at(turn=180))


def _triangle(pen: Pen) -> None:
    """Draw a triangle with its corner up: the same one shrunk towards its middle for each colour."""
    middle = 0.27
    for edge, ink, radius in ((0, Ink.WHITE, 0.08), (RIM, Ink.RED, 0.06), (0.205, Ink.WHITE, 0.02)):
        inner = 0.577 - edge - radius  # radius of the circle that touches the three sides
        corner = math.sqrt(3) * inner
        corners = [(0, middle - 2 * inner), (corner, middle + inner), (-corner, middle + inner)]
        pen.rounded(corners, radius, ink)


def priority(pen: Pen) -> None:
    """Draw the yellow diamond in its white and black frame."""
    for half, ink in (
        (0.93, Ink.WHITE),
        (0.9, Ink.BLACK),
        (0.86, Ink.WHITE),
        (0.56, Ink.BLACK),
        (0.53, Ink.YELLOW),
    ):
        pen.rounded([(0, -half), (half, 0), (0, half), (-half, 0)], 0.05 if half > 0.8 else 0.01, ink)


def halt(pen: Pen) -> None:
    """Draw the red octagon and its word."""
    for radius, ink in ((1.08, Ink.WHITE), (1.03, Ink.RED)):
        angles = [math.radians(22.5 + 45 * number) for number in range(8)]
        pen.polygon([(radius * math.cos(angle), radius * math.sin(angle)) for angle in angles], ink)
    pen.text('STOP', 1.56, 0.66, Ink.WHITE)


def no_entry(pen: Pen) -> None:
    """Draw a red disc with a white bar."""
    pen.disc(0, 0, 1, Ink.WHITE)
    pen.disc(0, 0, 1 - RIM, Ink.RED)
    pen.box(-0.8, -0.16, 0.8, 0.16, Ink.WHITE)
