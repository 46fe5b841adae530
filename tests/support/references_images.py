"""Image statistics a second time: NumPy, float64, one image and channel at a time, no shared code."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LMS = np.array([[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]])
OPPONENT = np.diag([1 / math.sqrt(3), 1 / math.sqrt(6), 1 / math.sqrt(2)]) @ np.array(
    [[1.0, 1.0, 1.0], [1.0, 1.0, -2.0], [1.0, -1.0, 0.0]]
)


def per_channel(source: Array, target: Array, function: Callable[[Array, Array], Array]) -> Array:
    """Apply a map of two (H, W) planes to every image and channel."""
    result = np.zeros_like(source)
    for image in range(source.shape[0]):
        for channel in range(source.shape[1]):
            result[image, channel] = function(source[image, channel], target[image, channel])
    return result


def transform(plane: NDArray[np.complex128], sign: int) -> NDArray[np.complex128]:
    """The plain discrete Fourier sum, without a scale; ``sign`` is -1 forward and +1 back."""
    height, width = plane.shape
    rows = [[np.exp(sign * 2j * np.pi * u * y / height) for y in range(height)] for u in range(height)]
    columns = [[np.exp(sign * 2j * np.pi * v * x / width) for v in range(width)] for x in range(width)]
    result: NDArray[np.complex128] = np.array(rows) @ plane @ np.array(columns)
    return result


def fda(source: Array, target: Array, beta: float) -> Array:
    """Amplitude of the target where both frequencies are at most b = floor(min(H, W) beta).

    Yang & Soatto (2020); frequencies are signed, so the centred window is |u| <= b, |v| <= b.
    """

    def mix(source: Array, target: Array) -> Array:
        height, width = source.shape
        bound = math.floor(min(height, width) * beta)
        spectrum = transform(source.astype(np.complex128), -1)
        other = transform(target.astype(np.complex128), -1)
        for u in range(height):
            for v in range(width):
                if min(u, height - u) <= bound and min(v, width - v) <= bound:
                    spectrum[u, v] = abs(other[u, v]) * np.exp(1j * np.angle(spectrum[u, v]))
        return np.asarray(transform(spectrum, +1).real / (height * width))

    return per_channel(source, target, mix)


def match_moments(source: Array, target: Array) -> Array:
    """(x - mu_s) / sd_s sd_t + mu_t with population moments: Reinhard et al. (2001), eq. 10-11."""

    def match(source: Array, target: Array) -> Array:
        moments = []
        for plane in (source, target):
            values = [float(v) for v in plane.ravel()]
            mean = math.fsum(values) / len(values)
            moments.append((mean, math.sqrt(math.fsum((v - mean) ** 2 for v in values) / len(values))))
        (mean_s, sd_s), (mean_t, sd_t) = moments
        return (source - mean_s) / sd_s * sd_t + mean_t

    return per_channel(source, target, match)


def per_pixel(images: Array, function: Callable[[Array], Array]) -> Array:
    """Apply a map of one colour to every pixel."""
    result = np.zeros_like(images)
    for image, y, x in np.ndindex(images.shape[0], *images.shape[2:]):
        result[image, :, y, x] = function(images[image, :, y, x])
    return result


def reinhard(source: Array, target: Array) -> Array:
    """Moments matched in l-alpha-beta: Ruderman et al. (1998), Reinhard et al. (2001)."""

    def to_lab(colour: Array) -> Array:
        return np.asarray(OPPONENT @ np.log10(LMS @ np.maximum(colour, 1 / 255)))

    def to_rgb(colour: Array) -> Array:
        return np.asarray(np.linalg.solve(LMS, 10 ** np.linalg.solve(OPPONENT, colour)))

    return per_pixel(match_moments(per_pixel(source, to_lab), per_pixel(target, to_lab)), to_rgb)


def match_histogram(source: Array, target: Array) -> Array:
    """The pixel of rank r gets the r-th smallest value of the target; ties keep their order."""

    def match(source: Array, target: Array) -> Array:
        values = [float(v) for v in source.ravel()]
        order = sorted(range(len(values)), key=lambda index: (values[index], index))
        result = np.zeros(len(values))
        for index, value in zip(order, sorted(float(v) for v in target.ravel()), strict=True):
            result[index] = value
        return result.reshape(source.shape)

    return per_channel(source, target, match)
