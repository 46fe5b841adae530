"""Pictures of scenes under an illumination."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dann.datasets.rendered.street.backdrop import Surface, furniture, look
from dann.datasets.rendered.street.camera import Shot, expose
from dann.datasets.rendered.street.cars import pickup, sedan, suv, taxi, van
from dann.datasets.rendered.street.geometry import SAMPLES, Pinhole, aim, cover, turn, vehicle_angle
from dann.datasets.rendered.street.heavy import bus, motorcycle, truck
from dann.datasets.rendered.street.light import Illumination, Lights
from dann.datasets.rendered.street.parts import STRIPS, Kit, Parts
from dann.datasets.rendered.street.scene import CLASSES, Floats, Scenes
from dann.datasets.rendered.street.shading import headlight, occlusion, shade

BUILDERS = dict(zip(CLASSES, (sedan, taxi, suv, van, pickup, truck, bus, motorcycle), strict=True))
CHUNK = 64


@dataclass(frozen=True, slots=True)
class Picture:
    """What reaches the camera.

    Args:
        radiance: Linear RGB in cd/m^2, shape ``(B, 3, S, S)``.
        vehicle: Share of each pixel that the vehicle covers, in [0, 1], shape ``(B, S, S)``.
        shot: The camera's settings for the illumination.
    """

    radiance: Floats
    vehicle: Floats
    shot: Shot


def render(
    scenes: Scenes, illumination: Illumination, size: int = 48, *, noisy: bool = True
) -> NDArray[np.uint8]:
    """Return photographs, shape ``(B, 3, size, size)``, of ``scenes`` under ``illumination``."""
    images = np.empty((len(scenes), 3, size, size), dtype=np.uint8)

    def work(index: NDArray[np.int64]) -> None:
        chunk = scenes[index]
        seen = picture(chunk, illumination, size)
        images[index] = expose(seen.radiance, seen.shot, chunk.seeds, noisy=noisy)

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        list(pool.map(work, _chunks(scenes)))
    return images


def _chunks(scenes: Scenes) -> Iterator[NDArray[np.int64]]:
    """Yield indices of scenes of one class, those that head the same way together: their parts overlap."""
    order = np.lexsort((scenes.die('bearing'), scenes.die('heading'), scenes.labels))
    for label in range(len(CLASSES)):
        members = order[scenes.labels[order] == label]
        for start in range(0, len(members), CHUNK):
            yield members[start : start + CHUNK]


def picture(scenes: Scenes, illumination: Illumination, size: int = 48) -> Picture:
    """Return the radiance of ``scenes``, all of one class, before lens and sensor."""
    pinhole = aim(scenes, size)
    lights, shot = illumination(scenes)
    backdrop = _backdrop(scenes, pinhole, lights)
    extras = furniture(scenes)
    parts = _join(extras, _place(scenes, pinhole))
    corners = pinhole.project(parts.corners.reshape(len(scenes), -1, 3)).reshape(*parts.corners.shape[:3], 2)
    top = cover(corners, parts.round, parts.shown, size)
    table = _paint(parts, lights)
    index = top + np.arange(len(scenes), dtype=np.int64)[:, None, None] * table.shape[1]
    colour = _pool(np.moveaxis(table.reshape(-1, 3)[index], -1, 1))
    bare = _pool((top == 0).astype(np.float32))[:, None]
    vehicle = _pool((top > extras.corners.shape[1]).astype(np.float32))
    return Picture(backdrop * bare + colour, vehicle, shot)


def _pool(samples: Floats) -> Floats:
    """Return the mean over the samples of each pixel."""
    shares = [
        samples[..., row::SAMPLES, column::SAMPLES] for row in range(SAMPLES) for column in range(SAMPLES)
    ]
    mean: Floats = sum(shares[1:], shares[0]) / np.float32(len(shares))
    return mean


def _backdrop(scenes: Scenes, pinhole: Pinhole, lights: Lights) -> Floats:
    surface, sky = look(scenes, pinhole)
    sunlit, open_ = occlusion(scenes, surface.points, lights.sun_direction)
    radiance = shade(surface, lights, sunlit, open_)
    radiance = radiance + surface.albedo / np.pi * headlight(scenes, surface, lights)
    above = lights.sky[:, :, None] / np.pi
    radiance = radiance * (1 - sky)[:, None] + above * sky[:, None]
    return radiance.reshape(len(scenes), 3, pinhole.size, pinhole.size)


def _place(scenes: Scenes, pinhole: Pinhole) -> Parts:
    """Return the vehicle's parts in the world, the farthest first and those that face away hidden."""
    kit = Kit(scenes)
    BUILDERS[CLASSES[int(scenes.labels[0])]](kit)
    parts, angle = kit.parts(), vehicle_angle(scenes)
    eye = turn(pinhole.position[:, None], -angle)
    towards = ((eye[:, :, None] - parts.corners[:, :, :1]) * parts.normals[:, :, None]).sum(axis=(2, 3)) > 0
    along = np.where(parts.layer == STRIPS, parts.order * np.sign(eye[..., 0]), np.float32(0))
    first = np.argsort(parts.layer * 10 + along, axis=1, kind='stable')

    def sort(values: Floats) -> Floats:
        shape = (*first.shape, *[1] * (values.ndim - 2))
        return np.take_along_axis(values, first.reshape(shape), axis=1)

    corners, normals = sort(parts.corners), sort(parts.normals)
    flat = corners.reshape(len(scenes), -1, 3)
    return Parts(
        corners=turn(flat, angle).reshape(corners.shape),
        normals=turn(normals, angle),
        albedo=sort(parts.albedo),
        gloss=sort(parts.gloss),
        glow=sort(parts.glow),
        shown=np.take_along_axis(parts.shown & towards, first, axis=1),
        round=parts.round[first[0]],
        layer=parts.layer[first[0]],
        order=sort(parts.order),
    )


def _join(first: Parts, second: Parts) -> Parts:
    pairs = {name: (getattr(first, name), getattr(second, name)) for name in Parts.__slots__}
    return Parts(
        **{name: np.concatenate(pair, axis=min(1, pair[0].ndim - 1)) for name, pair in pairs.items()}
    )


def _paint(parts: Parts, lights: Lights) -> Floats:
    """Return one radiance per part, after a black row for none, shape ``(B, 1 + K, 3)``."""
    middle = np.where(parts.round[:, None], parts.corners[:, :, 0], parts.corners[:, :, :4].mean(axis=2))
    columns = [np.moveaxis(part, 2, 1) for part in (middle, parts.normals, parts.albedo, parts.glow)]
    surface = Surface(columns[0], columns[1], columns[2], parts.gloss, columns[3])
    whole = np.ones_like(parts.gloss)
    open_ = np.clip(0.45 + 0.6 * middle[..., 2], 0, 1)
    radiance = np.moveaxis(shade(surface, lights, whole, open_), 1, 2)
    return np.concatenate([np.zeros_like(radiance[:, :1]), radiance], axis=1)
