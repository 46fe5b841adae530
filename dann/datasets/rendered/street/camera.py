"""From radiance to 8-bit pixels: lens, exposure, sensor noise, white balance and tone curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dann.datasets.rendered.street.scene import Floats

KEY = 0.18  # the linear output that the meter aims the scene's mean at
SENSITIVITY = 60.0  # electrons per cd/m^2 at the longest shutter time
FULL_WELL = 8000.0  # electrons that read as white at the lowest gain
LEAST_WELL = 40.0  # the same at the highest gain
READ_NOISE = 1.6  # electrons
LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Shot:
    """The camera's settings and errors for each scene, all of shape ``(B,)`` but ``balance``.

    Args:
        stops: Exposure compensation and error, powers of two.
        balance: White balance gains, shape ``(B, 3)``.
        focus: Standard deviation of the defocus in pixels.
        motion: Standard deviation of the horizontal motion blur in pixels.
        glare: Share of the light that the lens scatters, in [0, 1].
    """

    stops: Floats
    balance: Floats
    focus: Floats
    motion: Floats
    glare: Floats


def lens(radiance: Floats, shot: Shot) -> Floats:
    """Return ``radiance``, shape ``(B, 3, S, S)``, blurred and with veiling glare around bright lights."""
    sharp = _blur(radiance, shot.focus, np.hypot(shot.focus, shot.motion))
    near, far = (np.full_like(shot.focus, radiance.shape[-1] / part) for part in (24, 9))
    halo = 0.65 * _blur(radiance, near, near) + 0.35 * _blur(radiance, far, far)
    share = shot.glare[:, None, None, None]
    return (1 - share) * sharp + share * halo


def _blur(images: Floats, down: Floats, across: Floats) -> Floats:
    size = images.shape[-1]
    rows, columns = blur_matrix(down, size)[:, None], blur_matrix(across, size)[:, None]
    blurred: Floats = rows @ images @ np.swapaxes(columns, 2, 3)
    return blurred


def blur_matrix(deviation: Floats, size: int) -> Floats:
    """Return Gaussians of ``deviation`` pixels, shape ``(B, size, size)``; each row adds up to 1."""
    places = np.arange(size, dtype=np.float32)
    square = np.square(places[:, None] - places) / np.square(np.maximum(deviation, 0.05))[:, None, None]
    kernel = np.exp(-square / 2)
    matrix: Floats = kernel / kernel.sum(axis=2, keepdims=True)
    return matrix


def meter(radiance: Floats, shot: Shot) -> tuple[Floats, Floats]:
    r"""Return exposure and gain, both of shape ``(B,)``.

    The camera wants the geometric mean luminance :math:`\bar L` at ``KEY``, off by :math:`c` stops:
    :math:`q = 2^c\,KEY / \bar L` output per cd/m^2. It shortens the shutter as long as there is light for
    ``FULL_WELL`` electrons at white and raises the gain, down to ``LEAST_WELL``, when there is not:

    .. math:: W = \min(SENSITIVITY / q,\ FULL\_WELL), \qquad q \le SENSITIVITY / LEAST\_WELL

    Returns:
        ``q`` in outputs per cd/m^2, and the electrons ``W`` that read as white.
    """
    luminance = (radiance * LUMA[:, None, None]).sum(axis=1)
    mean = np.exp(np.log(luminance + 1e-3).mean(axis=(1, 2)))
    exposure = np.minimum(np.exp2(shot.stops) * KEY / mean, SENSITIVITY / LEAST_WELL)
    return exposure, np.minimum(SENSITIVITY / exposure, FULL_WELL)


def expose(
    radiance: Floats, shot: Shot, seeds: NDArray[np.uint32], *, noisy: bool = True
) -> NDArray[np.uint8]:
    r"""Return the picture that the camera takes.

    .. math:: n \sim \mathrm{Poisson}(W q L) + \mathcal N(0, READ\_NOISE^2), \qquad
        y = \mathrm{round}\,255\, f(g\, n / W), \qquad
        f(x) = \begin{cases} 12.92 x & x \le 0.0031308 \\ 1.055 x^{1 / 2.4} - 0.055 & \text{else,} \end{cases}

    with exposure :math:`q` and electrons at white :math:`W` from ``meter`` and white balance :math:`g`;
    :math:`f` is the sRGB curve (IEC 61966-2-1) after clipping to [0, 1].

    Args:
        radiance: Linear RGB in cd/m^2, shape ``(B, 3, S, S)``.
        shot: Settings.
        seeds: Seeds of the noise, shape ``(B,)``.
        noisy: Without it the expected value takes the place of ``n``.

    Returns:
        Shape ``(B, 3, S, S)``.
    """
    light = lens(radiance, shot)
    exposure, white = meter(light, shot)
    electrons = light * (exposure * white)[:, None, None, None]
    electrons = np.minimum(electrons, 4 * FULL_WELL).astype(np.float32)
    if noisy:
        electrons = np.stack([_noise(e, seed) for e, seed in zip(electrons, seeds, strict=True)])
    linear = electrons / white[:, None, None, None] * shot.balance[:, :, None, None]
    return np.rint(255 * tone(linear)).astype(np.uint8)


def _noise(electrons: Floats, seed: np.uint32) -> Floats:
    generator = np.random.Generator(np.random.SFC64(int(seed)))
    read = READ_NOISE * generator.standard_normal(electrons.shape, dtype=np.float32)
    return generator.poisson(electrons).astype(np.float32) + read


def tone(linear: Floats) -> Floats:
    """Return sRGB values in [0, 1] of ``linear``, clipped to [0, 1]."""
    x = np.clip(linear, 0, 1)
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.power(x, 1 / 2.4) - 0.055)
