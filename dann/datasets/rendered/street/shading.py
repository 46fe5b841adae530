"""How surfaces answer light: radiance, the road before headlamps, and the shade of the vehicle."""

from __future__ import annotations

import numpy as np

from dann.datasets.rendered.street.backdrop import Surface
from dann.datasets.rendered.street.geometry import turn, vehicle_angle
from dann.datasets.rendered.street.light import Lights
from dann.datasets.rendered.street.scene import Floats, Scenes


def shade(surface: Surface, lights: Lights, sunlit: Floats, open_: Floats) -> Floats:
    r"""Return the radiance that leaves each place, in cd/m^2.

    .. math:: L = \frac{\rho}{\pi} \Big( s E_\odot \langle n, l \rangle_+ + a E_{sky} \frac{1 + n_z}{2}
        + b \frac{1 - n_z}{2} + \sum_k I_k \frac{\langle n, d_k \rangle_+}{\|d_k\|^3} \Big)
        + g \frac{a E_{sky}}{\pi} \frac{1 + 2 n_z^+}{3} + e L_e

    with reflectance :math:`\rho`, sun :math:`E_\odot` from :math:`l`, shadow :math:`s`, ambient occlusion
    :math:`a`, light :math:`b` thrown back by the road, lamps of intensity :math:`I_k` at offset :math:`d_k`,
    gloss :math:`g`, and glow :math:`L_e` where the lamps are on.

    Args:
        surface: ``N`` places per scene.
        lights: Their lights.
        sunlit: ``s`` in [0, 1], shape ``(B, N)``.
        open_: ``a`` in [0, 1], shape ``(B, N)``.

    Returns:
        Linear RGB, shape ``(B, 3, N)``.
    """
    normals, up = surface.normals, surface.normals[:, 2]
    facing = np.maximum(_dot(normals, lights.sun_direction[:, :, None]), 0) * sunlit
    sky, sun = lights.sky[:, :, None], lights.sun[:, :, None]
    back = 0.12 * (sky + sun * lights.sun_direction[:, 2, None, None])
    light = sun * facing[:, None] + sky * (open_ * (1 + up) / 2)[:, None]
    light = light + back * (open_ * (1 - up) / 2)[:, None]
    for lamp in range(lights.lamps.shape[1]):
        offset = lights.lamp_places[:, lamp, :, None] - surface.points
        square = np.maximum(_dot(offset, offset), 0.5)
        falloff = np.maximum(_dot(normals, offset), 0) / (square * np.sqrt(square))
        light = light + lights.lamps[:, lamp, :, None] * (falloff * (0.3 + 0.7 * open_))[:, None]
    mirror = sky / np.pi * (surface.gloss * open_ * (1 + 2 * np.maximum(up, 0)) / 3)[:, None]
    radiance: Floats = surface.albedo * light / np.pi + mirror + surface.glow * lights.electric[:, None, None]
    return radiance


def _dot(first: Floats, second: Floats) -> Floats:
    return first[:, 0] * second[:, 0] + first[:, 1] * second[:, 1] + first[:, 2] * second[:, 2]


def headlight(scenes: Scenes, surface: Surface, lights: Lights) -> Floats:
    r"""Return the illuminance of the road by head and tail lamps in lux, linear RGB, shape ``(B, 3, N)``.

    The beam is :math:`I e^{-(\theta / 0.3)^2 - ((\phi - 0.06) / 0.12)^2}` at the angle :math:`\theta` to the
    side and :math:`\phi` down.
    """
    extent, angle = scenes.dimensions()[:, :, None], vehicle_angle(scenes)
    own = turn(np.moveaxis(surface.points, 1, 2), -angle)
    x, y, lamp = own[..., 0], own[..., 1], 0.42 * np.minimum(extent[:, 2], 1.9)
    ahead = np.maximum(x - extent[:, 0] / 2, 0.05)
    square = np.square(ahead) + np.square(y) + np.square(lamp)
    beam = np.exp(-np.square(y / ahead / 0.3) - np.square((lamp / ahead - 0.06) / 0.12))
    behind = np.maximum(-x - extent[:, 0] / 2, 0)
    red = (
        np.where(behind > 0, np.float32(5), np.float32(0))
        * lamp
        / np.power(np.square(behind) + np.square(y) + np.square(lamp), 1.5)
    )
    on, facing = lights.electric[:, None], np.maximum(surface.normals[:, 2], 0)
    white = lights.beam[:, None] * beam * lamp / (square * np.sqrt(square))
    return np.stack([white + red, 0.93 * white, 0.75 * white], axis=1) * (on * facing)[:, None]


def occlusion(scenes: Scenes, points: Floats, direction: Floats) -> tuple[Floats, Floats]:
    """Return how much sun and sky the vehicle leaves to ``points``, shape ``(B, 3, N)``; both ``(B, N)``.

    A place is in the shadow of the vehicle's box if the ray to the sun is inside its footprint at some height
    below the roof; next to the footprint the sky is dimmed by ``0.85 exp(-(gap / 0.4 m)^2)``.
    """
    extent, angle = scenes.dimensions(), vehicle_angle(scenes)
    own = turn(np.moveaxis(points, 1, 2), -angle)
    slope = turn(direction[:, None] / np.maximum(direction[:, None, 2:], 0.1), -angle)[:, 0]
    enter, leave = np.zeros_like(own[..., 0]), 0.85 * extent[:, 2:] - points[:, 2]
    gap = np.zeros_like(enter)
    for axis in range(2):
        place, half = own[..., axis], extent[:, axis, None] / 2
        step = slope[:, axis, None]
        step = np.where(np.abs(step) < 1e-3, np.float32(1e-3), step)
        one, other = (-half - place) / step, (half - place) / step
        enter = np.maximum(enter, np.minimum(one, other))
        leave = np.minimum(leave, np.maximum(one, other))
        gap = gap + np.square(np.maximum(np.abs(place) - half + 0.1, 0))
    shadow = np.clip((leave - enter) / 0.15, 0, 1)
    near = np.exp(-(gap + np.square(points[:, 2])) / 0.16)
    return 1 - shadow, 1 - 0.85 * near
