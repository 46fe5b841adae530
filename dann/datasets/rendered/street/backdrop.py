"""Everything but the vehicle: road, pavement, houses, sky, a tree and a lamp post."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dann.datasets.rendered.street.geometry import Pinhole
from dann.datasets.rendered.street.parts import CORNERS, Parts
from dann.datasets.rendered.street.scene import Floats, Scenes

WALLS = np.array(
    [(0.42, 0.20, 0.14), (0.55, 0.49, 0.38), (0.33, 0.31, 0.30), (0.52, 0.52, 0.50), (0.45, 0.33, 0.24)],
    dtype=np.float32,
)


@dataclass(frozen=True, slots=True)
class Surface:
    """What is seen at ``N`` places of each scene, before any light falls on it.

    Args:
        points: Metres in the world, shape ``(B, 3, N)``.
        normals: Unit vectors, shape ``(B, 3, N)``.
        albedo: Reflectance in linear RGB, shape ``(B, 3, N)``.
        gloss: Share of the surroundings that it mirrors, shape ``(B, N)``.
        glow: Radiance in cd/m^2 when the lamps are on, shape ``(B, 3, N)``.
    """

    points: Floats
    normals: Floats
    albedo: Floats
    gloss: Floats
    glow: Floats


def noise(seeds: NDArray[np.uint32], *cells: Floats) -> Floats:
    """Return a uniform number per integer cell, shape of ``cells``, the same whenever it is asked for."""
    mixed = seeds[:, None].astype(np.uint32)
    for cell, prime in zip(cells, (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D), strict=False):
        mixed = (mixed ^ cell.astype(np.int32).astype(np.uint32)) * np.uint32(prime)
        mixed = mixed ^ (mixed >> np.uint32(15))
    mixed = mixed * np.uint32(0x27D4EB2F)
    return ((mixed >> np.uint32(8)) & np.uint32(0xFFFF)).astype(np.float32) / np.float32(65536)


def kerb(scenes: Scenes) -> Floats:
    """Return where the far kerb is, metres beyond the middle of the vehicle, shape ``(B,)``."""
    return scenes.dimensions()[:, 1] / 2 + scenes.die('kerb', 0.3, 1.5)


def look(scenes: Scenes, pinhole: Pinhole) -> tuple[Surface, Floats]:
    """Return the street behind the vehicle pixel by pixel, and where the sky is, 0 or 1, shape ``(B, N)``."""
    rays, eye = pinhole.rays(), pinhole.position[:, :, None]
    edge = kerb(scenes)[:, None]
    front = edge + scenes.die('setback', 2.0, 4.0)[:, None]
    down = np.where(rays[:, 2] < -1e-4, -eye[:, 2] / np.minimum(rays[:, 2], -1e-4), np.float32(1e6))
    ahead = (front - eye[:, 1]) / np.maximum(rays[:, 1], 0.05)
    ground = (down < ahead)[:, None]
    points = eye + rays * np.minimum(down, ahead)[:, None]
    wall, pane, glow, roof = _houses(scenes, points)
    road = _road(scenes, points, edge)
    albedo = np.where(ground, road[:, None], wall)
    up = ground[:, 0].astype(np.float32)
    normals = np.stack([np.zeros_like(up), up - 1, up], axis=1)
    open_sky = np.where(ground[:, 0] | (points[:, 2] < roof), np.float32(0), np.float32(1))
    return Surface(points, normals, albedo, 0.02 + pane * (1 - up) * 0.3, glow * (1 - up)[:, None]), open_sky


def _road(scenes: Scenes, points: Floats, edge: Floats) -> Floats:
    """Return the grey of asphalt, lane marking, kerb and pavement, shape ``(B, N)``."""
    x, y = points[:, 0], points[:, 1]
    grain = 1 + 0.25 * (noise(scenes.seeds, np.floor(x * 4), np.floor(y * 4)) - 0.5)
    grey = scenes.die('road', 0.07, 0.18)[:, None] * grain
    lane = -scenes.dimensions()[:, 1:2] / 2 - scenes.die('lane', 0.4, 1.2)[:, None]
    dash = (np.abs(y - lane) < 0.08) & (np.mod(x / 3 + scenes.die('lane')[:, None], 1) < 0.55)
    grey = np.where(dash, np.float32(0.6), grey)
    slabs = 0.27 * (1 + 0.2 * (noise(scenes.seeds, np.floor(x * 1.3), np.floor(y * 1.3)) - 0.5))
    return np.where(y > edge + 0.2, slabs, np.where(y > edge, np.float32(0.42), grey))


def _houses(scenes: Scenes, points: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return albedo, window share, glow and roof height of the wall of houses at ``points``."""
    x, z = points[:, 0], np.clip(points[:, 2], 0, 60)
    house = np.floor(x / 9 + scenes.die('house')[:, None])
    colour = (noise(scenes.seeds, house) * len(WALLS)).astype(np.int64)
    shade = 0.6 + 0.7 * noise(scenes.seeds, house, house + 7)
    wall = np.moveaxis(WALLS[colour], -1, 1) * shade[:, None]
    across = x / scenes.die('bay', 1.7, 2.8)[:, None]
    floor = (z - 0.4) / scenes.die('storey', 2.7, 3.4)[:, None]
    bay, level = np.floor(across), np.floor(floor)
    shop = (level < 1) & (noise(scenes.seeds, house, house + 3) < 0.35)
    half_width = np.where(shop, np.float32(0.44), np.float32(0.24))
    pane = np.abs(across - bay - 0.5) < half_width
    pane &= np.abs(floor - level - 0.52) < np.where(shop, np.float32(0.36), np.float32(0.26))
    lit = noise(scenes.seeds, bay, level) < scenes.die('households', 0.1, 0.45)[:, None] + 0.2 * shop
    power = np.where(pane & lit, 1 + 7 * noise(scenes.seeds, level, bay), np.float32(0))
    warmth = noise(scenes.seeds, level + 31, bay + 17)
    glow = power[:, None] * np.stack([1.1 + 0 * warmth, 0.75 + 0.2 * warmth, 0.35 + 0.55 * warmth], axis=1)
    roof = 7 + 12 * noise(scenes.seeds, house, house + 11)
    return np.where(pane[:, None], np.float32(0.05), wall), pane.astype(np.float32), glow, roof


def furniture(scenes: Scenes) -> Parts:
    """Return a lamp post and a tree by the kerb, in world coordinates; not every street has them."""
    reach = scenes.dimensions()[:, 0]
    behind = kerb(scenes) + 0.6
    post = reach * scenes.die('post_place', -1.1, 1.1)
    tree = reach * scenes.die('tree_place', -1.0, 1.0)
    shapes = [_upright(post, behind, 0.07, 7.5), _upright(tree, behind, 0.16, 2.6)]
    crown = ((-0.6, 3.0, 1.0), (0.6, 3.1, 0.95), (0.0, 3.9, 1.2))
    shapes += [_ball(tree + dx, behind, z, radius) for dx, z, radius in crown]
    leaf, bark, steel = (0.07, 0.15, 0.04), (0.12, 0.08, 0.05), (0.10, 0.11, 0.10)
    albedo = np.array([steel, bark, leaf, leaf, leaf], dtype=np.float32)
    normal = np.array([(0, -1, 0), (0, -1, 0), *[(0, -0.8, 0.6)] * 3], dtype=np.float32)
    count, shape = len(shapes), (len(scenes), len(shapes), 3)
    shown = np.stack([np.abs(post) < 99, *[scenes.die('tree') < 0.45] * (count - 1)], axis=1)
    return Parts(
        corners=np.stack(shapes, axis=1),
        normals=np.broadcast_to(normal, shape),
        albedo=np.broadcast_to(albedo, shape),
        gloss=np.zeros(shape[:2], dtype=np.float32),
        glow=np.zeros(shape, dtype=np.float32),
        shown=shown,
        round=np.array([False, False, True, True, True]),
        layer=np.full(count, -1),
        order=np.zeros(shape[:2], dtype=np.float32),
    )


def _upright(x: Floats, y: Floats, half: float, height: float) -> Floats:
    feet = [(x - half, 0.0), (x + half, 0.0), (x + half, height), (x - half, height)]
    return _polygon([np.stack([side, y, np.full_like(y, z)], axis=1) for side, z in feet])


def _ball(x: Floats, y: Floats, z: float, radius: float) -> Floats:
    ends = [(x, z), (x + radius, z), (x, z + radius)]
    return _polygon([np.stack([side, y, np.full_like(y, up)], axis=1) for side, up in ends])


def _polygon(corners: list[Floats]) -> Floats:
    return np.stack(corners + corners[-1:] * (CORNERS - len(corners)), axis=1)
