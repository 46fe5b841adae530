"""Light on a scene: sun and sky by day, lamps by night, in linear light and photometric units."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from dann.datasets.rendered.street.backdrop import kerb
from dann.datasets.rendered.street.camera import Shot
from dann.datasets.rendered.street.scene import Floats, Scenes


@dataclass(frozen=True, slots=True)
class Lights:
    """The lights of each scene.

    Args:
        sun: Illuminance of a surface that faces the sun in lux, linear RGB, shape ``(B, 3)``.
        sun_direction: Unit vectors towards the sun, shape ``(B, 3)``.
        sky: Illuminance of a level surface under the sky in lux, linear RGB, shape ``(B, 3)``.
        lamps: Luminous intensity of the street lamps in cd, linear RGB, shape ``(B, L, 3)``.
        lamp_places: Metres in the world, shape ``(B, L, 3)``.
        electric: 1 where the lamps of vehicles and houses are on, 0 by day, shape ``(B,)``.
        beam: Luminous intensity of the headlamps in cd, shape ``(B,)``.
    """

    sun: Floats
    sun_direction: Floats
    sky: Floats
    lamps: Floats
    lamp_places: Floats
    electric: Floats
    beam: Floats


class Illumination(Protocol):
    """The light on scenes and the camera's settings for it."""

    def __call__(self, scenes: Scenes) -> tuple[Lights, Shot]:
        """Return lights and settings for every scene."""


def _rgb(level: Floats, colour: tuple[float, float, float]) -> Floats:
    luma = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]
    return level[:, None] * (np.array(colour, dtype=np.float32) / np.float32(luma))


def day(scenes: Scenes) -> tuple[Lights, Shot]:
    """Sunlight of 0 (overcast) to 90,000 lux from 20 to 65 degrees, and a blue sky of 9,000 to 22,000 lux."""
    height, azimuth = scenes.die('sun_height', 0.35, 1.13), scenes.die('sun_azimuth', -2.9, -0.25)
    ground = np.cos(height)
    direction = np.stack([ground * np.cos(azimuth), ground * np.sin(azimuth), np.sin(height)], axis=1)
    clear = np.clip(scenes.die('cloud', -0.35, 1.2), 0, 1)
    sun = _rgb(90_000 * clear, (1.08, 0.99, 0.86))
    sky = _rgb(22_000 - 13_000 * clear, (0.80, 0.97, 1.25))
    lamps = np.zeros((len(scenes), 2, 3), dtype=np.float32)
    off = np.zeros_like(clear)
    shot = Shot(
        stops=scenes.die('metering', -0.5, 0.5),
        balance=_balance(scenes, 0.05),
        focus=scenes.die('focus', 0.25, 0.5),
        motion=scenes.die('motion', 0.0, 0.25),
        glare=np.full_like(clear, 0.03),
    )
    return Lights(sun, direction, sky, lamps, _lamp_places(scenes), off, off), shot


def night(severity: float) -> Illumination:
    """Return the illumination from dusk (``severity`` 0) to deep night (1).

    The sky falls from 150 lux to 0.03 lux, evenly in stops; the street lamps to a fifth of their power; and
    the photographer exposes for the highlights, 0.3 to 1.7 stops below the meter.
    """
    return partial(_night, severity=severity)


def _night(scenes: Scenes, severity: float) -> tuple[Lights, Shot]:
    one = np.ones(len(scenes), dtype=np.float32)
    level = np.float32(np.exp((1 - severity) * np.log(150) + severity * np.log(0.03)))
    blue = np.float32(1 - severity)
    sky = _rgb(
        level * scenes.die('dusk', 0.6, 1.5), (0.75 + 0.25 * float(severity), 0.9, 1.0 + 0.5 * float(blue))
    )
    sodium = (scenes.die('lamp_colour') < 0.55)[:, None]
    colour = np.where(sodium, _rgb(one, (1.0, 0.52, 0.13)), _rgb(one, (0.95, 1.0, 1.05)))
    power = np.float32(1 - 0.8 * severity)
    near, far = scenes.die('lamp_near', 400, 1800), scenes.die('lamp_far', 300, 1500)
    lamps = np.stack([near, far], axis=1)[:, :, None] * power * colour[:, None]
    shot = Shot(
        stops=scenes.die('metering', -0.8, 0.2) - np.float32(1.4 * severity),
        balance=_balance(scenes, 0.10)
        / np.sqrt(np.where(sodium, _rgb(one, (1.0, 0.68, 0.38)), one[:, None])),
        focus=scenes.die('focus', 0.3, 0.5) + np.float32(0.3 * severity),
        motion=scenes.die('motion', 0.0, 0.5 + 1.0 * float(severity)),
        glare=one * np.float32(0.08),
    )
    dark = np.zeros_like(sky)
    up = np.broadcast_to(np.array([0, 0, 1], dtype=np.float32), sky.shape)
    return Lights(dark, up, sky, lamps, _lamp_places(scenes), one, scenes.die('beam', 500, 2500)), shot


def _balance(scenes: Scenes, error: float) -> Floats:
    red, blue = scenes.die('balance_red', -error, error), scenes.die('balance_blue', -error, error)
    return np.stack([1 + red, np.ones_like(red), 1 + blue], axis=1)


def _lamp_places(scenes: Scenes) -> Floats:
    reach, width = scenes.dimensions()[:, 0], kerb(scenes)
    height = np.full_like(reach, 7.5)
    near = np.stack([(reach + 4) * scenes.die('lamp_near_place', -0.8, 0.8), -width - 3.5, height], axis=1)
    far = np.stack([reach * scenes.die('post_place', -1.1, 1.1), width - 0.2, height], axis=1)
    return np.stack([near, far], axis=1)
