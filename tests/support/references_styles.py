"""Styles a second time: NumPy and plain Python, float64, literal, no shared code."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def root(matrix: Array) -> Array:
    """Positive root of a symmetric positive matrix, by the product form of Denman and Beavers."""
    y, z = matrix.copy(), np.eye(len(matrix))
    for _ in range(60):
        y, z = (y + np.linalg.inv(z)) / 2, (z + np.linalg.inv(y)) / 2
    return y


def match_covariance(source: Array, target: Array, ridge: float) -> Array:
    """Whiten by the roots' inverse, colour by the root, one image at a time: Sun et al. (2016), algorithm 1."""

    def statistics(image: Array) -> tuple[Array, Array]:
        channels = image.reshape(image.shape[0], -1)
        mean = np.array([math.fsum(row) / len(row) for row in channels])
        covariance = np.zeros((len(mean), len(mean)))
        for pixel in channels.T:
            covariance += np.outer(pixel - mean, pixel - mean) / channels.shape[1]
        return mean, covariance + ridge * np.eye(len(mean))

    result = np.zeros_like(source)
    for index, (image, style) in enumerate(zip(source, target, strict=True)):
        (mean, covariance), (new_mean, new_covariance) = statistics(image), statistics(style)
        transform = root(new_covariance) @ np.linalg.inv(root(covariance))
        for y, x in np.ndindex(*image.shape[1:]):
            result[index, :, y, x] = transform @ (image[:, y, x] - mean) + new_mean
    return result


def standardise(images: Array, eps: float) -> Array:
    """(x - mu) / sigma for every channel of every image: Shu et al. (2018), appendix."""
    result = np.zeros_like(images)
    for index in np.ndindex(*images.shape[:2]):
        values = [float(value) for value in images[index].ravel()]
        mean = math.fsum(values) / len(values)
        variance = math.fsum((value - mean) ** 2 for value in values) / len(values)
        result[index] = (images[index] - mean) / math.sqrt(variance + eps)
    return result


def mix_moments(features: Array, partner: Array, share: list[float], eps: float) -> Array:
    """gamma_mix (x - mu) / sigma + beta_mix, channel by channel: Zhou et al. (2021), eqs. 3-5."""

    def moments(plane: Array) -> tuple[float, float]:
        values = [float(value) for value in plane.ravel()]
        mean = math.fsum(values) / len(values)
        return mean, math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values) + eps)

    result = np.zeros_like(features)
    for b, c in np.ndindex(*features.shape[:2]):
        (mean, deviation), (other_mean, other_deviation) = moments(features[b, c]), moments(partner[b, c])
        gamma = share[b] * deviation + (1 - share[b]) * other_deviation
        beta = share[b] * mean + (1 - share[b]) * other_mean
        result[b, c] = gamma * (features[b, c] - mean) / deviation + beta
    return result


def mix_distributions(features: Array, partner: Array, share: list[float]) -> Array:
    """The i-th smallest value moves towards the partner's i-th smallest: Zhang et al. (2022), eq. 9."""
    result = features.copy()
    for b, c in np.ndindex(*features.shape[:2]):
        flat = [float(value) for value in features[b, c].ravel()]
        ranks = sorted(range(len(flat)), key=lambda index: (flat[index], index))
        values = sorted(float(value) for value in partner[b, c].ravel())
        for rank, index in enumerate(ranks):
            y, x = divmod(index, features.shape[3])
            result[b, c, y, x] = share[b] * flat[index] + (1 - share[b]) * values[rank]
    return result


def patch_nce(queries: Array, keys: Array, temperature: float) -> float:
    """-log of the share of the right patch among all of the same image: Park et al. (2020), eq. 3."""
    losses = []
    for z, v in zip(queries, keys, strict=True):
        for i in range(len(z)):
            powers = [
                math.exp(sum(a * b for a, b in zip(z[i], v[j], strict=True)) / temperature)
                for j in range(len(v))
            ]
            losses.append(-math.log(powers[i] / math.fsum(powers)))
    return math.fsum(losses) / len(losses)


def moments(plane: Array, eps: float = 1e-5) -> tuple[float, float]:
    """Mean and deviation of one channel: Huang and Belongie (2017), eqs. 2 and 3."""
    values = [float(value) for value in plane.ravel()]
    mean = math.fsum(values) / len(values)
    return mean, math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values) + eps)


def adain(content: Array, style: Array) -> Array:
    """sigma(y) (x - mu(x)) / sigma(x) + mu(y): eq. 8."""
    result = np.zeros_like(content)
    for index in np.ndindex(*content.shape[:2]):
        (mean, deviation), (new_mean, new_deviation) = moments(content[index]), moments(style[index])
        result[index] = new_deviation * (content[index] - mean) / deviation + new_mean
    return result


def style_loss(maps: list[Array], wanted: list[Array]) -> float:
    """Squared gaps of means and deviations, averaged over images and channels, summed over layers: eq. 13."""
    total = 0.0
    for ours, theirs in zip(maps, wanted, strict=True):
        gaps = [
            [(a - b) ** 2 for a, b in zip(moments(ours[index]), moments(theirs[index]), strict=True)]
            for index in np.ndindex(*ours.shape[:2])
        ]
        total += sum(math.fsum(gap[part] for gap in gaps) / len(gaps) for part in range(2))
    return total
