"""People, animals and the rest of what warning signs show."""

from __future__ import annotations

from dann.datasets.rendered.signs.pen import Ink, Pen, Points, arc


def _limbs(pen: Pen, width: float, *lines: Points) -> None:
    for line in lines:
        pen.stroke(line, width, Ink.BLACK, caps=True)


def danger(pen: Pen) -> None:
    """Draw an exclamation mark."""
    pen.polygon([*arc(0, -0.24, 0.1, 180, 360), (0.05, 0.34), (-0.05, 0.34)], Ink.BLACK)
    pen.disc(0, 0.53, 0.1, Ink.BLACK)


def lights(pen: Pen) -> None:
    """Draw the three lights of a traffic signal."""
    for y, ink in ((-0.17, Ink.RED), (0.16, Ink.YELLOW), (0.49, Ink.GREEN)):
        pen.disc(0, y, 0.155, Ink.BLACK)
        pen.disc(0, y, 0.14, ink)


def walker(pen: Pen) -> None:
    """Draw someone who walks."""
    pen.disc(0.03, -0.3, 0.095, Ink.BLACK)
    pen.polygon([(-0.1, -0.18), (0.1, -0.18), (0.1, 0.22), (-0.1, 0.22)], Ink.BLACK)
    _limbs(
        pen, 0.09, [(-0.07, -0.14), (-0.2, 0.04), (-0.26, 0.2)], [(0.06, -0.14), (0.2, 0.02), (0.27, 0.14)]
    )
    _limbs(pen, 0.105, [(-0.03, 0.2), (-0.08, 0.42), (-0.24, 0.64)], [(0.04, 0.2), (0.14, 0.4), (0.2, 0.64)])


def _runner(pen: Pen) -> None:
    """Draw a child that runs to the left, about one unit high."""
    pen.disc(-0.06, -0.42, 0.12, Ink.BLACK)
    _limbs(pen, 0.2, [(-0.02, -0.2), (0.06, 0.1)])
    _limbs(
        pen, 0.1, [(-0.02, -0.22), (-0.22, -0.06), (-0.4, -0.1)], [(0.0, -0.22), (0.2, -0.1), (0.34, -0.22)]
    )
    _limbs(pen, 0.12, [(0.02, 0.1), (-0.16, 0.24), (-0.14, 0.52)], [(0.08, 0.1), (0.2, 0.34), (0.46, 0.42)])


def children(pen: Pen) -> None:
    """Draw two children, hand in hand, of two sizes."""
    _runner(pen.at(0.18, 0.2, 0.82))
    _runner(pen.at(-0.3, 0.34, 0.56))


def digger(pen: Pen) -> None:
    """Draw someone who shovels a heap."""
    pen.disc(-0.02, -0.24, 0.095, Ink.BLACK)
    _limbs(pen, 0.17, [(-0.08, -0.08), (-0.22, 0.2)])
    _limbs(pen, 0.075, [(-0.06, -0.08), (0.06, 0.12), (-0.02, 0.24)])
    _limbs(
        pen, 0.11, [(-0.2, 0.22), (-0.06, 0.38), (-0.1, 0.62)], [(-0.24, 0.22), (-0.32, 0.42), (-0.46, 0.62)]
    )
    _limbs(pen, 0.05, [(-0.16, 0.12), (0.24, 0.46)])
    pen.polygon([(0.04, 0.66), (0.22, 0.42), (0.34, 0.36), (0.56, 0.66)], Ink.BLACK)


def snowflake(pen: Pen) -> None:
    """Draw a crystal of six arms."""
    for turn in range(0, 360, 60):
        arm = pen.at(0, 0.18, turn=turn)
        arm.stroke([(0, 0), (0, -0.4)], 0.085, Ink.BLACK)
        for side in (-1, 1):
            arm.stroke([(0, -0.16), (side * 0.13, -0.29)], 0.07, Ink.BLACK, caps=True)


def deer(pen: Pen) -> None:
    """Draw a deer that leaps to the left."""
    pen.polygon([(-0.2, 0.1), (-0.04, 0.04), (0.24, 0.2), (0.36, 0.3), (0.28, 0.4), (-0.12, 0.32)], Ink.BLACK)
    _limbs(pen, 0.12, [(-0.12, 0.2), (-0.24, -0.04)])
    _limbs(pen, 0.09, [(-0.24, -0.06), (-0.36, 0.0)])
    _limbs(
        pen,
        0.04,
        [(-0.22, -0.08), (-0.14, -0.34)],
        [(-0.18, -0.2), (-0.02, -0.26)],
        [(-0.27, -0.08), (-0.3, -0.3)],
    )
    _limbs(
        pen, 0.065, [(-0.14, 0.26), (-0.36, 0.3), (-0.4, 0.44)], [(-0.1, 0.3), (-0.28, 0.42), (-0.24, 0.54)]
    )
    _limbs(pen, 0.07, [(0.3, 0.32), (0.34, 0.5), (0.5, 0.66)], [(0.28, 0.34), (0.26, 0.5), (0.38, 0.66)])
    _limbs(pen, 0.05, [(0.34, 0.28), (0.42, 0.26)])
