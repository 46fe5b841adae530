"""Vehicles that are no cars: truck, bus and motorcycle."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from dann.datasets.rendered.street.cars import face, wheels
from dann.datasets.rendered.street.paint import glass, paint, second_paint
from dann.datasets.rendered.street.parts import (
    CHROME,
    HEADLAMP,
    RUBBER,
    SHADE,
    TAIL_LAMP,
    Kit,
    Material,
    Node,
)
from dann.datasets.rendered.street.scene import Number

INDICATOR = Material((0.02, 0.02, 0.02), 0.02, (30.0, 17.0, 3.0))
SKIN = Material((0.35, 0.22, 0.15), 0.02)


def _wall(
    kit: Kit, span: tuple[Number, Number], height: tuple[float, float], w: float, material: Material
) -> None:
    (rear, front), (low, high) = span, height
    kit.panel([(rear, low, w), (rear, high, w), (front, high, w), (front, low, w)], material)


def _box(
    kit: Kit, span: tuple[Number, Number], height: tuple[float, float], w: float, material: Material
) -> None:
    (rear, front), (low, high) = span, height
    nodes: list[Node] = [(rear, low, w), (rear, high, w), (front, high, w), (front, low, w)]
    for start, end in pairwise(nodes):
        kit.strip(start, end, material)
    kit.panel(nodes, material)


def truck(kit: Kit) -> None:
    """Build a cab and a taller cargo box on a chassis; half of them with two rear axles."""
    gap = kit.scenes.die('nose', 0.20, 0.25)
    _wall(kit, (-0.47, 0.45), (0.13, 0.22), 0.8, SHADE)
    _box(kit, (-0.5, gap), (0.20, 1.0), 1.0, second_paint(kit.scenes))
    _cab(kit, gap + 0.025)
    face(kit, (-0.5, 0.13, 0.98), (-0.5, 0.26, 0.98), TAIL_LAMP)
    for x, lamp in ((-0.495, TAIL_LAMP), (0.468, HEADLAMP)):
        _wall(kit, (x, x + 0.025), (0.21, 0.26), 1.0, lamp)
    _wall(kit, (-0.13, gap - 0.03), (0.10, 0.20), 0.9, CHROME)
    second = np.where(kit.scenes.die('variant') < 0.5, np.float32(-0.40), np.float32(-0.26))
    wheels(kit, (-0.26, second, 0.36), 0.145)


def _cab(kit: Kit, rear: Number) -> None:
    body, window = paint(kit.scenes), glass(kit.scenes)
    nodes: list[Node] = [(rear, 0.14, 0.94), (rear, 0.74, 0.94), (0.44, 0.76, 0.92), (0.49, 0.46, 0.94)]
    nodes.append((0.5, 0.12, 0.94))
    for start, end in pairwise(nodes):
        kit.strip(start, end, body)
    kit.strip(nodes[2], nodes[3], window, along=(0.12, 0.95), across=(-0.9, 0.9))
    _front(kit, nodes[3], nodes[4])
    kit.panel(nodes, body)
    pane: list[Node] = [(rear + 0.06, 0.48, 0.95), (rear + 0.06, 0.70, 0.95), (0.43, 0.70, 0.95)]
    kit.panel([*pane, (0.47, 0.48, 0.95)], window)


def _front(kit: Kit, high: Node, low: Node) -> None:
    """Add grille and headlamps; ``high`` to ``low`` runs down the front."""
    kit.strip(high, low, SHADE, along=(0.2, 0.55), across=(-0.6, 0.6))
    for across in ((-0.92, -0.6), (0.6, 0.92)):
        kit.strip(high, low, HEADLAMP, along=(0.55, 0.80), across=across)


def bus(kit: Kit) -> None:
    """Build one long box: a band of windows, two doors, a lit saloon and a destination display."""
    body, livery = paint(kit.scenes), second_paint(kit.scenes)
    tint = kit.scenes.die('tint', 0.5, 1.2)[:, None] * np.array([4.5, 4.2, 3.4], dtype=np.float32)
    saloon = Material(glass(kit.scenes).albedo, 0.16, tint)
    _wall(kit, (-0.47, 0.47), (0.06, 0.14), 0.9, SHADE)
    _box(kit, (-0.5, 0.5), (0.10, 1.0), 1.0, body)
    _wall(kit, (-0.5, 0.5), (0.12, 0.26), 1.002, livery)
    kit.strip((0.5, 1.0, 1.0), (0.5, 0.1, 1.0), saloon, along=(0.18, 0.58), across=(-0.93, 0.93))
    kit.strip((0.5, 1.0, 1.0), (0.5, 0.1, 1.0), INDICATOR, along=(0.03, 0.15), across=(-0.7, 0.7))
    kit.strip((-0.5, 0.1, 1.0), (-0.5, 1.0, 1.0), saloon, along=(0.55, 0.88), across=(-0.8, 0.8))
    face(kit, (-0.5, 0.1, 1.0), (-0.5, 0.45, 1.0), TAIL_LAMP)
    _front(kit, (0.5, 0.62, 1.0), (0.5, 0.1, 1.0))
    panes = 7
    for pane in range(panes):
        rear = -0.48 + 0.96 / panes * pane
        _wall(kit, (rear + 0.008, rear + 0.96 / panes - 0.008), (0.48, 0.86), 1.003, saloon)
    for rear in (-0.06, 0.36):
        _wall(kit, (rear, rear + 0.10), (0.14, 0.86), 1.004, SHADE)
        for leaf in (rear + 0.008, rear + 0.054):
            _wall(kit, (leaf, leaf + 0.038), (0.19, 0.83), 1.005, saloon)
    _wall(kit, (-0.5, -0.488), (0.28, 0.42), 1.002, TAIL_LAMP)
    _wall(kit, (0.484, 0.5), (0.27, 0.36), 1.002, HEADLAMP)
    wheels(kit, (-0.29, 0.27), 0.155)


def motorcycle(kit: Kit) -> None:
    """Build two wheels, an engine, a tank and a rider."""
    body, jacket = paint(kit.scenes), second_paint(kit.scenes)
    steel, black = CHROME, Material((0.04, 0.04, 0.045), 0.05)
    metres = kit.size[:, 2] * 0.195
    for x in (-0.33, 0.34):
        kit.disc(x, metres, metres, RUBBER, w=0)
        kit.disc(x, metres, metres * 0.72, steel, w=0)
        kit.disc(x, metres, metres * 0.58, SHADE, w=0)
        kit.disc(x, metres, metres * 0.2, steel, w=0)
    kit.panel([(0.31, 0.18, 0.1), (0.19, 0.60, 0.1), (0.23, 0.60, 0.1), (0.36, 0.18, 0.1)], steel)
    kit.panel([(-0.14, 0.13, 0.3), (-0.18, 0.34, 0.3), (0.16, 0.36, 0.3), (0.14, 0.13, 0.3)], black)
    kit.panel([(-0.40, 0.17, 0.3), (-0.44, 0.22, 0.3), (0.02, 0.2, 0.3), (0.02, 0.15, 0.3)], steel)
    kit.panel([(-0.46, 0.44, 0.3), (-0.46, 0.50, 0.3), (-0.05, 0.46, 0.3), (-0.05, 0.38, 0.3)], body)
    kit.panel(
        [(-0.06, 0.38, 0.3), (-0.08, 0.47, 0.3), (0.10, 0.55, 0.3), (0.20, 0.50, 0.3), (0.16, 0.38, 0.3)],
        body,
    )
    kit.panel([(0.17, 0.36, 0.3), (0.15, 0.60, 0.3), (0.25, 0.62, 0.3), (0.31, 0.44, 0.3)], body, lean=0.3)
    kit.panel([(0.26, 0.43, 0.3), (0.25, 0.54, 0.3), (0.31, 0.54, 0.3), (0.32, 0.45, 0.3)], HEADLAMP)
    kit.panel([(-0.50, 0.43, 0.3), (-0.50, 0.49, 0.3), (-0.45, 0.49, 0.3), (-0.45, 0.43, 0.3)], TAIL_LAMP)
    kit.panel([(0.24, 0.62, 0.3), (0.14, 0.78, 0.3), (0.17, 0.79, 0.3), (0.27, 0.64, 0.3)], glass(kit.scenes))
    _rider(kit, jacket, black)


def _rider(kit: Kit, jacket: Material, trousers: Material) -> None:
    kit.panel(
        [(-0.20, 0.46, 0.6), (-0.18, 0.56, 0.6), (0.09, 0.50, 0.6), (0.07, 0.40, 0.6)], trousers, lean=0.3
    )
    kit.panel([(0.02, 0.42, 0.6), (0.09, 0.50, 0.6), (0.02, 0.18, 0.6), (-0.06, 0.18, 0.6)], trousers)
    kit.panel(
        [(-0.22, 0.48, 0.6), (-0.20, 0.68, 0.6), (-0.06, 0.83, 0.6), (0.04, 0.80, 0.6), (-0.05, 0.48, 0.6)],
        jacket,
    )
    kit.panel(
        [(-0.06, 0.81, 0.7), (0.03, 0.78, 0.7), (0.20, 0.63, 0.7), (0.17, 0.57, 0.7), (-0.06, 0.70, 0.7)],
        jacket,
    )
    kit.disc(0.02, kit.size[:, 2] * 0.905, kit.size[:, 2] * 0.088, Material(jacket.albedo, 0.2), w=0.2)
    visor = [(0.04, 0.88, 0.25), (0.04, 0.93, 0.25), (0.10, 0.92, 0.25), (0.09, 0.87, 0.25)]
    kit.panel(visor, glass(kit.scenes))
