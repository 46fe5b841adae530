"""Vehicles as signs show them."""

from __future__ import annotations

from dann.datasets.rendered.signs.pen import Ink, Pen, Points, arc


def car(pen: Pen, ink: Ink, glass: Ink = Ink.WHITE) -> None:
    """Draw a car from behind, two units wide."""
    pen.polygon([(-0.82, 0.05), (-0.58, -0.62), (0.58, -0.62), (0.82, 0.05)], ink)
    pen.polygon([(-0.56, -0.1), (-0.42, -0.42), (0.42, -0.42), (0.56, -0.1)], glass)
    pen.rounded([(-0.9, 0.08), (0.9, 0.08), (0.9, 0.42), (-0.9, 0.42)], 0.1, ink)
    for side in (-1, 1):
        pen.box(side * 0.62 - 0.16, 0.45, side * 0.62 + 0.16, 0.76, ink)


def truck_behind(pen: Pen, ink: Ink) -> None:
    """Draw a truck from behind, two units wide."""
    pen.box(-0.95, -1.35, 0.95, 0.3, ink)
    pen.box(-0.7, 0.42, 0.7, 0.52, ink)
    for side in (-1, 1):
        pen.box(side * 0.68 - 0.22, 0.3, side * 0.68 + 0.22, 0.78, ink)


def truck(pen: Pen) -> None:
    """Draw a truck that drives to the left, two units wide."""
    pen.box(-0.3, -0.6, 1, 0.24, Ink.BLACK)
    pen.polygon([(-1, 0.36), (-1, -0.02), (-0.86, -0.38), (-0.42, -0.38), (-0.42, 0.36)], Ink.BLACK)
    pen.polygon([(-0.9, -0.02), (-0.8, -0.28), (-0.58, -0.28), (-0.58, -0.02)], Ink.WHITE)
    pen.box(-1, 0.26, 1, 0.38, Ink.BLACK)
    for x in (-0.68, 0.62):
        pen.disc(x, 0.42, 0.22, Ink.WHITE)
        pen.disc(x, 0.42, 0.18, Ink.BLACK)


def two_cars(pen: Pen, left: Ink, right: Ink) -> None:
    """Draw two cars side by side."""
    car(pen.at(-0.33, 0.02, 0.31), left)
    car(pen.at(0.33, 0.02, 0.31), right)


def truck_and_car(pen: Pen, left: Ink, right: Ink) -> None:
    """Draw a truck beside a car."""
    truck_behind(pen.at(-0.29, 0.12, 0.32), left)
    car(pen.at(0.34, 0.13, 0.29), right)


def skidding_car(pen: Pen) -> None:
    """Draw a car askew over the two wavy lines of its tyres."""
    car(pen.at(0.02, 0.12, 0.29, 18), Ink.BLACK)
    wave: Points = [*arc(-0.12, 0, 0.12, 180, 360, 0.7), *arc(0.12, 0, 0.12, 180, 0, 0.7)]
    for x, y in ((-0.2, 0.47), (0.18, 0.55)):
        pen.at(x, y, turn=-14).stroke(wave, 0.065, Ink.BLACK, caps=True)


def bicycle(pen: Pen) -> None:
    """Draw a bicycle that rides to the right, two units wide."""
    rear, front, pedals, seat, steer = (
        (-0.58, 0.25),
        (0.58, 0.25),
        (-0.08, 0.27),
        (-0.24, -0.32),
        (0.36, -0.36),
    )
    for x, y in (rear, front):
        pen.disc(x, y, 0.42, Ink.BLACK)
        pen.disc(x, y, 0.3, Ink.WHITE)
    for line in ((rear, seat, steer, pedals, rear), (seat, pedals), ((0.3, -0.56), front)):
        pen.stroke(line, 0.11, Ink.BLACK, caps=True)
    pen.stroke([(-0.28, -0.34), (-0.3, -0.48)], 0.1, Ink.BLACK)
    pen.stroke([(-0.46, -0.48), (-0.14, -0.48)], 0.13, Ink.BLACK, caps=True)
    pen.stroke([(0.3, -0.58), (0.52, -0.58), (0.56, -0.46)], 0.1, Ink.BLACK, caps=True)
