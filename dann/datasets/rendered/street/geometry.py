"""From three dimensions to samples: the pinhole camera and the fill of convex shapes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from dann.datasets.rendered.street.scene import Floats, Scenes

SAMPLES = 2  # per pixel and axis


@dataclass(frozen=True, slots=True)
class Pinhole:
    r"""The camera of each scene: where it stands and how it maps the world.

    The world frame has its origin on the road under the vehicle, ``x`` along the street, ``y`` towards the
    far kerb and ``z`` up, in metres. With ``d`` the offset from the camera, ``r`` its right and ``f`` its
    forward direction (both level, as with a shift lens), a point falls on pixel

    .. math:: u = c_u + F\, \frac{d \cdot r}{d \cdot f}, \qquad v = c_v - F\, \frac{d_z}{d \cdot f},

    turned by ``roll`` about the middle of the frame.

    Args:
        position: Camera in the world, shape ``(B, 3)``.
        bearing: Angle from ``y`` to the forward direction in radians, shape ``(B,)``.
        focal: ``F`` in pixels, shape ``(B,)``.
        centre: ``(c_u, c_v)`` in pixels, shape ``(B, 2)``.
        roll: Radians, shape ``(B,)``.
        size: Pixels per side of the frame.
    """

    position: Floats
    bearing: Floats
    focal: Floats
    centre: Floats
    roll: Floats
    size: int

    def project(self, points: Floats) -> Floats:
        """Return the pixel coordinates, shape ``(B, N, 2)``, of ``points``, shape ``(B, N, 3)``."""
        flat = _flatten(points - self.position[:, None], self.bearing) * self.focal[:, None, None]
        offset = flat + self.centre[:, None] - self.size / 2
        cos, sin = np.cos(self.roll)[:, None], np.sin(self.roll)[:, None]
        u, v = offset[..., 0], offset[..., 1]
        return np.stack([cos * u - sin * v, sin * u + cos * v], axis=-1) + self.size / 2

    def rays(self) -> Floats:
        """Return the direction through each pixel, forward component 1, shape ``(B, 3, size * size)``."""
        grid = np.arange(self.size, dtype=np.float32) + 0.5 - self.size / 2
        v, u = (axis.reshape(1, -1) for axis in np.meshgrid(grid, grid, indexing='ij'))
        cos, sin = np.cos(self.roll)[:, None], np.sin(self.roll)[:, None]
        shift = (self.size / 2 - self.centre)[:, :, None]
        right = (cos * u + sin * v + shift[:, 0]) / self.focal[:, None]
        up = -(cos * v - sin * u + shift[:, 1]) / self.focal[:, None]
        cos, sin = np.cos(self.bearing)[:, None], np.sin(self.bearing)[:, None]
        return np.stack([cos * right - sin, sin * right + cos, up], axis=1)


def _flatten(offset: Floats, bearing: Floats) -> Floats:
    cos, sin = np.cos(bearing)[:, None], np.sin(bearing)[:, None]
    right = cos * offset[..., 0] + sin * offset[..., 1]
    depth = cos * offset[..., 1] - sin * offset[..., 0]
    flat: Floats = np.stack([right, -offset[..., 2]], axis=-1) / depth[..., None]
    return flat


def turn(points: Floats, angle: Floats) -> Floats:
    """Return ``points``, shape ``(B, N, 3)``, turned about the vertical by ``angle``, shape ``(B,)``."""
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = points[..., 0], points[..., 1]
    return np.stack([cos * x - sin * y, sin * x + cos * y, points[..., 2]], axis=-1)


def vehicle_angle(scenes: Scenes) -> Floats:
    """Return the angle from the street to the vehicle's heading in radians, shape ``(B,)``."""
    return scenes.die('slew', -0.08, 0.08) + np.where(scenes.facing() > 0, np.float32(0), np.float32(np.pi))


def aim(scenes: Scenes, size: int) -> Pinhole:
    """Return cameras whose frame the vehicle fills: up to 0.98 of its width and 0.78 of its height."""
    extent = scenes.dimensions()
    bearing = scenes.die('bearing', -0.62, 0.62)
    level = extent[:, 0] * np.cos(bearing) + extent[:, 1] * np.abs(np.sin(bearing))
    distance = level * scenes.die('distance', 1.5, 2.1)
    height = distance * scenes.die('elevation', 0.10, 0.26) + 0.4 * extent[:, 2]
    position = np.stack([np.sin(bearing) * distance, -np.cos(bearing) * distance, height], axis=1)
    corners = np.array(list(product((-0.5, 0.5), (-0.5, 0.5), (0, 1))), dtype=np.float32)
    box = turn(corners * extent[:, None], vehicle_angle(scenes))
    flat = _flatten(box - position[:, None], bearing)
    low, high = flat.min(axis=1), flat.max(axis=1)
    span = np.array([1.0, 0.8], dtype=np.float32) / (high - low)
    focal = size * span.min(axis=1) * scenes.die('fill', 0.82, 0.98)
    drift = np.stack([scenes.die('across', -0.05, 0.05), scenes.die('upwards', -0.02, 0.10)], axis=1)
    centre = size * (0.5 + drift) - focal[:, None] * (low + high) / 2
    return Pinhole(position, bearing, focal, centre, scenes.die('roll', -0.035, 0.035), size)


def halfplanes(corners: Floats) -> Floats:
    """Return ``(a, b, c)`` with ``a u + b v >= c`` inside each edge of convex polygons.

    Args:
        corners: Pixel coordinates in order, last one repeated as padding, shape ``(B, K, V, 2)``.

    Returns:
        Shape ``(B, K, V, 3)``; the edges of a polygon without area have nothing inside.
    """
    ahead = np.roll(corners, -1, axis=2)
    x, y = corners[..., 0], corners[..., 1]
    turned = (x * ahead[..., 1] - ahead[..., 0] * y).sum(axis=2)
    sign = np.where(turned >= 0, np.float32(1), np.float32(-1))[..., None]
    a, b = -(ahead[..., 1] - y) * sign, (ahead[..., 0] - x) * sign
    return np.stack([a, b, a * x + b * y], axis=-1)


def ellipses(corners: Floats) -> Floats:
    """Return ``p`` and ``q``, each ``(a, b, c)`` for ``a u + b v - c``, with ``p^2 + q^2 <= 1`` inside.

    Args:
        corners: Centre and the ends of two half axes in pixels, shape ``(B, K, V, 2)``; perspective within a
            disc is neglected.

    Returns:
        Shape ``(B, K, 2, 3)``.
    """
    centre = corners[:, :, 0]
    first, second = corners[:, :, 1] - centre, corners[:, :, 2] - centre
    area = first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
    area = np.where(np.abs(area) < 1e-6, np.float32(1e-6), area)[..., None]
    p = np.stack([second[..., 1], -second[..., 0]], axis=-1) / area
    q = np.stack([-first[..., 1], first[..., 0]], axis=-1) / area
    both = np.stack([p, q], axis=2)
    return np.concatenate([both, (both * centre[:, :, None]).sum(axis=-1, keepdims=True)], axis=-1)


def cover(
    corners: Floats, round_: NDArray[np.bool_], shown: NDArray[np.bool_], size: int
) -> NDArray[np.uint8]:
    """Paint shapes over one another and return who is on top.

    Args:
        corners: Pixels, shape ``(B, K, V, 2)``, in painting order; see ``halfplanes``, ``ellipses``.
        round_: Which of the shapes are ellipses, shape ``(K,)``.
        shown: Which shapes exist in which scene, shape ``(B, K)``.
        size: Pixels per side.

    Returns:
        0 where nothing is, else 1 + shape, at ``SAMPLES`` samples per pixel and axis, shape ``(B, S, S)``.
    """
    grid = (np.arange(size * SAMPLES, dtype=np.float32) + 0.5) / SAMPLES
    top = np.zeros((len(corners), len(grid), len(grid)), dtype=np.uint8)
    edges, axes = halfplanes(corners), ellipses(corners)
    reach = np.where(round_[:, None], 1.5, 0.0)  # an ellipse exceeds its two half axes
    low, high = corners.min(axis=2), corners.max(axis=2)
    margin = reach * (high - low)
    low, high = low - margin, high + margin
    for shape in range(corners.shape[1]):
        there = shown[:, shape]
        if not there.any():
            continue
        first = np.searchsorted(grid, low[there, shape].min(axis=0))
        last = np.searchsorted(grid, high[there, shape].max(axis=0))
        u, v = grid[first[0] : last[0]], grid[first[1] : last[1]]
        inside = _in_ellipse(axes[:, shape], u, v) if round_[shape] else _in_polygon(edges[:, shape], u, v)
        inside &= there[:, None, None]
        np.copyto(top[:, first[1] : last[1], first[0] : last[0]], np.uint8(shape + 1), where=inside)
    return top


def _in_polygon(edges: Floats, u: Floats, v: Floats) -> NDArray[np.bool_]:
    across = edges[:, :, :1] * u
    below = edges[:, :, 2:] - edges[:, :, 1:2] * v
    inside = across[:, 0, None, :] >= below[:, 0, :, None]
    for edge in range(1, edges.shape[1]):
        inside &= across[:, edge, None, :] >= below[:, edge, :, None]
    return inside


def _in_ellipse(axes: Floats, u: Floats, v: Floats) -> NDArray[np.bool_]:
    across = axes[:, :, :1] * u
    down = axes[:, :, 1:2] * v - axes[:, :, 2:]
    squared = np.square(across[:, :, None, :] + down[:, :, :, None])
    inside: NDArray[np.bool_] = squared[:, 0] + squared[:, 1] <= 1
    return inside
