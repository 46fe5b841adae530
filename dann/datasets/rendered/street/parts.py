"""A vehicle under construction: flat convex parts with a material."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dann.datasets.rendered.street.scene import Floats, Number, Scenes

CORNERS = 6
BEHIND, STRIPS, NEAR, ABOVE = range(4)

Node = tuple[Number, Number, Number]
Colour = tuple[float, float, float] | Floats


@dataclass(frozen=True, slots=True)
class Material:
    """How a surface answers light.

    Args:
        albedo: Diffuse reflectance in linear RGB, in [0, 1], shape ``(3,)`` or ``(B, 3)``.
        gloss: Share of the surroundings that it mirrors, in [0, 1].
        glow: Radiance in cd/m^2 when the lamps are on, linear RGB.
    """

    albedo: Colour
    gloss: float = 0.04
    glow: Colour = (0.0, 0.0, 0.0)


RUBBER = Material((0.025, 0.025, 0.027), 0.01)
SHADE = Material((0.012, 0.012, 0.014), 0.0)
CHROME = Material((0.42, 0.43, 0.45), 0.35)
PLATE = Material((0.6, 0.6, 0.52), 0.05, (1.2, 1.2, 1.0))
HEADLAMP = Material((0.75, 0.77, 0.8), 0.3, (260.0, 245.0, 205.0))
TAIL_LAMP = Material((0.42, 0.02, 0.02), 0.1, (34.0, 1.6, 0.8))


@dataclass(frozen=True, slots=True)
class Parts:
    """Flat convex parts of ``B`` objects, ``K`` each.

    Args:
        corners: Metres, shape ``(B, K, CORNERS, 3)``; of a disc: centre and the ends of two half axes.
        normals: Outward unit vectors, shape ``(B, K, 3)``.
        albedo: Shape ``(B, K, 3)``.
        gloss: Shape ``(B, K)``.
        glow: Shape ``(B, K, 3)``.
        shown: Whether the part exists, shape ``(B, K)``.
        round: Whether the part is a disc, shape ``(K,)``.
        layer: Painting layer, shape ``(K,)``.
        order: Place along the vehicle within a layer, shape ``(B, K)``.
    """

    corners: Floats
    normals: Floats
    albedo: Floats
    gloss: Floats
    glow: Floats
    shown: NDArray[np.bool_]
    round: NDArray[np.bool_]
    layer: NDArray[np.int64]
    order: Floats


class Kit:
    """Adds parts to the vehicles of some scenes, in fractions of their length, width and height.

    A node ``(x, z, w)`` is a place on the side profile: ``x`` from -0.5 (tail) to 0.5 (nose), ``z`` from 0
    (road) to 1 (roof), and ``w`` the half width there in half widths of the vehicle.
    """

    def __init__(self, scenes: Scenes) -> None:
        self.scenes = scenes
        self.size = scenes.dimensions()
        self.near = -scenes.facing()
        self._ones = np.ones(len(scenes), dtype=np.float32)
        self._rows: list[tuple[Floats, Floats, Material, NDArray[np.bool_], bool, int, Floats]] = []

    def full(self, value: Number | NDArray[np.bool_]) -> Floats:
        """Return ``value`` once per scene, shape ``(B,)``."""
        return self._ones * value

    def point(self, x: Number, y: Number, z: Number) -> Floats:
        """Return metres, shape ``(B, 3)``, from fractions; ``y`` is positive towards the camera."""
        y = self.full(y) * self.near / 2
        return np.stack([self.full(x), y, self.full(z)], axis=1) * self.size

    def panel(
        self,
        nodes: Sequence[Node],
        material: Material,
        *,
        lean: float = 0.0,
        layer: int = NEAR,
        shown: Number | NDArray[np.bool_] = 1.0,
    ) -> None:
        """Add a polygon on the side facing the camera; ``lean`` tilts its normal towards the sky."""
        corners = [self.point(x, w, z) for x, z, w in nodes]
        zero = np.zeros_like(self.near)
        normal = np.stack([zero, self.near, zero + lean], axis=1) / math.hypot(1, lean)
        self._add(corners, normal, material, shown, False, layer, zero)

    def strip(
        self,
        start: Node,
        end: Node,
        material: Material,
        *,
        along: tuple[float, float] = (0.0, 1.0),
        across: tuple[float, float] = (-1.0, 1.0),
        layer: int = STRIPS,
        shown: Number | NDArray[np.bool_] = 1.0,
    ) -> None:
        """Add a patch of the surface between two nodes, listed from tail to nose over the roof."""
        first, last = (tuple(a + (b - a) * share for a, b in zip(start, end, strict=True)) for share in along)
        ends = [(first, across[0]), (first, across[1]), (last, across[1]), (last, across[0])]
        corners = [self.point(x, w * side, z) for (x, z, w), side in ends]
        run = self.point(end[0], 0, end[1]) - self.point(start[0], 0, start[1])
        normal = np.stack([-run[:, 2], np.zeros_like(self.near), run[:, 0]], axis=1)
        normal = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
        self._add(corners, normal, material, shown, False, layer, self.full((start[0] + end[0]) / 2))

    def disc(
        self,
        x: Number,
        z: Number,
        radius: Number,
        material: Material,
        *,
        w: Number = 1.0,
        layer: int = NEAR,
        shown: Number | NDArray[np.bool_] = 1.0,
    ) -> None:
        """Add a disc of ``radius`` metres on the side at half width ``w``, its centre at ``z`` metres."""
        centre = self.point(x, w, 0)
        zero = np.zeros_like(self.near)
        centre = centre + np.stack([zero, zero, self.full(z)], axis=1)
        right = centre + np.stack([self.full(radius), zero, zero], axis=1)
        top = centre + np.stack([zero, zero, self.full(radius)], axis=1)
        self._add(
            [centre, right, top],
            np.stack([zero, self.near, zero], axis=1),
            material,
            shown,
            True,
            layer,
            zero,
        )

    def _add(
        self,
        corners: list[Floats],
        normal: Floats,
        material: Material,
        shown: Number | NDArray[np.bool_],
        round_: bool,
        layer: int,
        order: Floats,
    ) -> None:
        corners = corners + corners[-1:] * (CORNERS - len(corners))
        there = self.full(shown) > 0.5
        self._rows.append((np.stack(corners, axis=1), normal, material, there, round_, layer, order))

    def parts(self) -> Parts:
        """Return what was added."""
        corners, normals, materials, shown, round_, layer, order = zip(*self._rows, strict=True)
        shape = (len(self.scenes), 3)
        return Parts(
            np.stack(corners, axis=1),
            np.stack(normals, axis=1),
            np.stack([np.broadcast_to(np.asarray(m.albedo, np.float32), shape) for m in materials], axis=1),
            np.stack([self.full(m.gloss) for m in materials], axis=1),
            np.stack([np.broadcast_to(np.asarray(m.glow, np.float32), shape) for m in materials], axis=1),
            np.stack(shown, axis=1),
            np.array(round_),
            np.array(layer),
            np.stack(order, axis=1),
        )
