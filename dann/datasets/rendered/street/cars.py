"""Vehicles on a car's body: sedan, taxi, SUV, van and pickup."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dann.datasets.rendered.street.paint import YELLOW_TAXIS, glass, is_yellow, paint
from dann.datasets.rendered.street.parts import (
    ABOVE,
    BEHIND,
    CHROME,
    HEADLAMP,
    PLATE,
    RUBBER,
    SHADE,
    TAIL_LAMP,
    Kit,
    Material,
    Node,
)
from dann.datasets.rendered.street.scene import Number

SIGN = Material((0.85, 0.62, 0.06), 0.05, (28.0, 20.0, 5.0))


@dataclass(frozen=True, slots=True)
class Profile:
    """The outline of a car from tail to nose, nodes as in ``Kit``.

    Args:
        tail: Upper end of the rear face.
        deck: Where the rear glass begins: end of the boot lid or of the load bed.
        roof: Rear and front end of the roof.
        cowl: Lower end of the windscreen.
        bonnet: Front end of the bonnet.
        nose: Half height of the front face.
        wheels: Axles, as fractions of the length.
        radius: Wheel radius as a fraction of the height.
        sill: Lower edge of the body.
    """

    tail: Node
    deck: Node
    roof: tuple[Node, Node]
    cowl: Node
    bonnet: Node
    nose: Node
    wheels: tuple[Number, ...] = (-0.31, 0.32)
    radius: float = 0.22
    sill: float = 0.15


def wheels(kit: Kit, places: tuple[Number, ...], radius: float, w: float = 1.0) -> None:
    """Add wheels of ``radius`` heights on both sides, and arches on the near one."""
    metres = kit.size[:, 2] * radius * kit.scenes.die('wheel', 0.94, 1.08)
    rim = Material((0.35 + 0.35 * kit.scenes.die('rim'))[:, None] * np.ones(3, dtype=np.float32), 0.15)
    for x in places:
        kit.disc(x, metres, metres, RUBBER, w=-w, layer=BEHIND)
        kit.disc(x, metres * 1.05, metres * 1.2, SHADE, w=w)
        kit.disc(x, metres, metres, RUBBER, w=w)
        kit.disc(x, metres, metres * 0.6, rim, w=w)
        kit.disc(x, metres, metres * 0.16, RUBBER, w=w)


def face(
    kit: Kit, low: Node, high: Node, lamp: Material, *, plate: tuple[float, float] = (0.2, 0.45)
) -> None:
    """Add two lamps and a number plate to the front or rear face between two nodes."""
    for side in (-1, 1):
        outer, inner = 0.95 * side, 0.58 * side
        kit.strip(low, high, lamp, along=(0.52, 0.86), across=(min(outer, inner), max(outer, inner)))
    kit.strip(low, high, PLATE, along=plate, across=(-0.26, 0.26))


def car(kit: Kit, outline: Profile, body: Material) -> None:
    """Add a car without its side windows."""
    o, window = outline, glass(kit.scenes)
    rear, front = (-0.5, o.sill, 0.96), (0.5, o.sill, 0.96)
    wheels_low = (-0.46, o.sill * 0.55, 0.9), (0.46, o.sill * 0.55, 0.9)
    kit.panel([*wheels_low, (0.46, o.sill + 0.1, 0.9), (-0.46, o.sill + 0.1, 0.9)], SHADE, layer=BEHIND)
    for start, end in ((rear, o.tail), (o.tail, o.deck), (o.deck, o.roof[0]), o.roof, (o.roof[1], o.cowl)):
        kit.strip(start, end, body)
    kit.strip(o.cowl, o.bonnet, body)
    kit.strip(o.bonnet, o.nose, body)
    kit.strip(o.nose, front, body)
    kit.strip(o.deck, o.roof[0], window, along=(0.12, 0.88), across=(-0.86, 0.86))
    kit.strip(o.roof[1], o.cowl, window, along=(0.1, 0.93), across=(-0.88, 0.88))
    face(kit, rear, o.tail, TAIL_LAMP)
    kit.strip(o.bonnet, o.nose, SHADE, along=(0.25, 0.95), across=(-0.5, 0.5))
    kit.strip(o.nose, front, PLATE, along=(0.2, 0.5), across=(-0.26, 0.26))
    for across in ((-0.96, -0.56), (0.56, 0.96)):
        kit.strip(o.bonnet, o.nose, HEADLAMP, along=(0.15, 0.95), across=across)
    _flank(kit, o, body)
    _side_lamps(kit, o)
    wheels(kit, o.wheels, o.radius)


def _flank(kit: Kit, o: Profile, body: Material) -> None:
    crease = (o.sill + o.nose[1]) / 2 + 0.06
    upper = [(-0.498, crease, 1.0), o.tail, o.deck, o.cowl, o.bonnet, (0.498, crease, 1.0)]
    kit.panel(upper, body, lean=0.3)
    low = [(-0.5, o.sill, 0.96), (-0.498, crease, 1.0), (0.498, crease, 1.0), (0.5, o.sill, 0.96)]
    kit.panel(low, body, lean=-0.25)
    kit.panel([o.deck, o.roof[0], o.roof[1], o.cowl], body, lean=0.2)


def _side_lamps(kit: Kit, o: Profile) -> None:
    top, low = o.bonnet[1] - 0.02, o.nose[1] + 0.01
    kit.panel([(0.42, top, 1.0), (0.475, top - 0.01, 1.0), (0.495, low, 1.0), (0.44, low, 1.0)], HEADLAMP)
    top, low = o.tail[1] - 0.03, o.tail[1] - 0.17
    kit.panel([(-0.495, low, 1.0), (-0.492, top, 1.0), (-0.45, top, 1.0), (-0.455, low, 1.0)], TAIL_LAMP)


def side_windows(
    kit: Kit,
    o: Profile,
    edges: tuple[float, ...],
    *,
    low: float = 0.06,
    high: float = 0.88,
    shown: Number | NDArray[np.bool_] = 1.0,
) -> None:
    """Add side windows between neighbours of ``edges``, shares of the cabin from rear to front."""
    window = glass(kit.scenes)

    def node(along: Number, up: Number) -> Node:
        foot = [a + (b - a) * along for a, b in zip(o.deck, o.cowl, strict=True)]
        head = [a + (b - a) * along for a, b in zip(*o.roof, strict=True)]
        x, z, w = (a + (b - a) * up for a, b in zip(foot, head, strict=True))
        return x, z, w

    for rear, front in pairwise(edges):
        near, far = rear + 0.022, front - 0.022
        kit.panel(
            [node(near, low), node(near, high), node(far, high), node(far, low)],
            window,
            lean=0.2,
            shown=shown,
        )


def sedan_outline(kit: Kit) -> Profile:
    """Return three boxes: boot, cabin, bonnet."""
    deck, cowl = kit.scenes.die('tail', -0.37, -0.31), kit.scenes.die('nose', 0.20, 0.26)
    return Profile(
        tail=(-0.49, 0.62, 0.96),
        deck=(deck, 0.67, 0.98),
        roof=((deck + 0.15, 0.98, 0.76), (cowl - 0.19, 1.0, 0.78)),
        cowl=(cowl, 0.67, 0.98),
        bonnet=(0.45, 0.56, 0.92),
        nose=(0.495, 0.40, 0.90),
    )


def sedan(kit: Kit) -> None:
    """Build a sedan; one in ten is as yellow as a taxi."""
    car(kit, sedan_outline(kit), paint(kit.scenes))
    side_windows(kit, sedan_outline(kit), (0.04, 0.46, 0.96))


def taxi(kit: Kit) -> None:
    """Build a sedan with a roof sign; half of them are yellow, with chequers."""
    outline = sedan_outline(kit)
    car(kit, outline, paint(kit.scenes, YELLOW_TAXIS))
    side_windows(kit, outline, (0.04, 0.46, 0.96))
    chequered = is_yellow(kit.scenes, YELLOW_TAXIS)
    for square in range(6):
        x, z = -0.2 + 0.065 * square, 0.47 + 0.06 * (square % 2)
        nodes = [(x, z, 1.0), (x, z + 0.06, 1.0), (x + 0.065, z + 0.06, 1.0), (x + 0.065, z, 1.0)]
        kit.panel(nodes, SHADE, shown=chequered)
    _roof_sign(kit, kit.scenes.die('sign', -0.12, -0.02))


def _roof_sign(kit: Kit, x: Number) -> None:
    back, front = x - 0.09, x + 0.09
    kit.panel(
        [(back, 0.99, 0.4), (back, 1.05, 0.4), (front, 1.05, 0.4), (front, 0.99, 0.4)], SHADE, layer=ABOVE
    )
    rear, top = ((back, 1.05, 0.38), (back + 0.012, 1.24, 0.34)), (front - 0.012, 1.24, 0.34)
    for start, end in (rear, (rear[1], top), (top, (front, 1.05, 0.38))):
        kit.strip(start, end, SIGN, layer=ABOVE)
    kit.panel([*rear, top, (front, 1.05, 0.38)], SIGN, layer=ABOVE)


def suv(kit: Kit) -> None:
    """Build two tall boxes on large wheels: an upright tail, a long roof with rails, a high bonnet."""
    deck, cowl = kit.scenes.die('tail', -0.485, -0.465), kit.scenes.die('nose', 0.22, 0.28)
    outline = Profile(
        tail=(-0.495, 0.58, 0.97),
        deck=(deck, 0.62, 0.98),
        roof=((deck + 0.05, 0.98, 0.82), (cowl - 0.14, 1.0, 0.82)),
        cowl=(cowl, 0.64, 0.98),
        bonnet=(0.46, 0.58, 0.95),
        nose=(0.495, 0.42, 0.94),
        wheels=(-0.30, 0.31),
        radius=0.215,
        sill=0.19,
    )
    car(kit, outline, paint(kit.scenes))
    side_windows(kit, outline, (0.03, 0.30, 0.60, 0.96))
    rail: list[Node] = [
        (-0.40, 1.01, 0.78),
        (-0.40, 1.05, 0.78),
        (cowl - 0.18, 1.05, 0.78),
        (cowl - 0.18, 1.01, 0.78),
    ]
    kit.panel(rail, CHROME, layer=ABOVE)


def van(kit: Kit) -> None:
    """Build one tall box with a short sloping bonnet; half of them carry goods and have no rear windows."""
    cowl = kit.scenes.die('nose', 0.33, 0.37)
    outline = Profile(
        tail=(-0.497, 0.52, 0.99),
        deck=(-0.496, 0.54, 0.99),
        roof=((-0.48, 0.98, 0.90), (cowl - 0.13, 1.0, 0.90)),
        cowl=(cowl, 0.56, 0.98),
        bonnet=(0.475, 0.44, 0.93),
        nose=(0.497, 0.30, 0.93),
        wheels=(-0.30, 0.33),
        radius=0.155,
        sill=0.11,
    )
    car(kit, outline, paint(kit.scenes))
    side_windows(kit, outline, (0.71, 0.97), low=0.08, high=0.82)
    passengers = kit.scenes.die('variant') < 0.5
    side_windows(kit, outline, (0.03, 0.36, 0.69), low=0.12, high=0.82, shown=passengers)


def pickup(kit: Kit) -> None:
    """Build a cabin between a bonnet and an open bed."""
    deck, cowl = kit.scenes.die('tail', -0.07, -0.01), kit.scenes.die('nose', 0.26, 0.30)
    outline = Profile(
        tail=(-0.495, 0.58, 0.97),
        deck=(deck, 0.60, 0.98),
        roof=((deck + 0.02, 0.98, 0.82), (cowl - 0.11, 1.0, 0.80)),
        cowl=(cowl, 0.64, 0.98),
        bonnet=(0.46, 0.58, 0.95),
        nose=(0.497, 0.40, 0.94),
        wheels=(-0.29, 0.33),
        radius=0.225,
        sill=0.20,
    )
    car(kit, outline, paint(kit.scenes))
    side_windows(kit, outline, (0.08, 0.95))
    kit.strip(outline.tail, outline.deck, SHADE, along=(0.03, 0.98), across=(-0.93, 0.93))
