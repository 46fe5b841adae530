"""Adversarial training methods a second time: NumPy, float64, one loop per sum of the published formula.

Nothing here is shared with the library; slow and literal on purpose.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def softmax(logits: Array) -> Array:
    """p_nc = exp(z_nc) / sum_k exp(z_nk)."""
    rows = []
    for row in logits:
        largest = max(float(z) for z in row)
        powers = [math.exp(float(z) - largest) for z in row]
        rows.append([power / math.fsum(powers) for power in powers])
    return np.array(rows)


def discrepancy(one: Array, other: Array) -> float:
    """1/K sum_k |p1_k - p2_k|, averaged over samples: Saito et al. (2018), section 3.2."""
    total = []
    for first, second in zip(softmax(one), softmax(other), strict=True):
        total.append(math.fsum(abs(a - b) for a, b in zip(first, second, strict=True)) / len(first))
    return math.fsum(total) / len(total)


def class_balance(logits: Array) -> float:
    """- 1/K sum_k log(mean_n p_nk)."""
    p = softmax(logits)
    count, classes = p.shape
    logs = [math.log(math.fsum(float(row[k]) for row in p) / count) for k in range(classes)]
    return -math.fsum(logs) / len(logs)


def kl(p: Array, q: Array) -> float:
    """mean_n sum_k p_nk log(p_nk / q_nk)."""
    total = [
        math.fsum(float(a) * (math.log(a) - math.log(b)) for a, b in zip(one, other, strict=True))
        for one, other in zip(p, q, strict=True)
    ]
    return math.fsum(total) / len(total)


def linear(images: Array, weight: Array) -> Array:
    """Logits of a linear classifier on flat images."""
    count = len(images)
    logits = [[float(images[n].ravel() @ row) for row in weight] for n in range(count)]
    return np.array(logits)


def numerical_direction(image: Array, weight: Array, start: Array, xi: float) -> Array:
    """g / ||g||, g the gradient of KL(p(x) || p(x + xi d)) with respect to d at ``start``, by differences."""
    p = softmax(linear(image[None], weight))
    gradient = np.zeros_like(start)
    for index in np.ndindex(*start.shape):
        ends = []
        for sign in (1, -1):
            moved = start.copy()
            moved[index] += sign * 1e-4
            ends.append(kl(p, softmax(linear((image + xi * moved)[None], weight))))
        gradient[index] = (ends[0] - ends[1]) / 2e-4
    return gradient / math.sqrt(math.fsum(float(g) ** 2 for g in gradient.ravel()))


def virtual_adversarial(images: Array, weight: Array, starts: Array, radius: float, xi: float) -> float:
    """mean KL(p(x) || p(x + eps d)) after one power iteration: Miyato et al. (2018), algorithm 1."""
    starts = np.array(
        [start / math.sqrt(math.fsum(float(v) ** 2 for v in start.ravel())) for start in starts]
    )
    directions = [
        numerical_direction(image, weight, start, xi) for image, start in zip(images, starts, strict=True)
    ]
    far = images + radius * np.array(directions)
    return kl(softmax(linear(images, weight)), softmax(linear(far, weight)))


def entropy(logits: Array) -> float:
    """- mean_n sum_k p_nk log p_nk."""
    rows = [math.fsum(-float(v) * math.log(v) for v in row) for row in softmax(logits)]
    return math.fsum(rows) / len(rows)


def cosine_logits(features: Array, weight: Array, bias: Array, temperature: float) -> Array:
    """W f / (T ||f||) + b: Saito et al. (2019), section 3.1, with a bias."""
    rows = []
    for f in features:
        length = math.sqrt(math.fsum(float(v) ** 2 for v in f))
        rows.append(
            [
                math.fsum(float(a) * float(v) / length for a, v in zip(w, f, strict=True)) / temperature
                + float(b)
                for w, b in zip(weight, bias, strict=True)
            ]
        )
    return np.array(rows)


def inverted_loss(logits: Array) -> float:
    """- mean log sigmoid(d): Tzeng et al. (2017), eq. 9."""
    return -math.fsum(math.log(1 / (1 + math.exp(-float(d)))) for d in logits) / len(logits)


def ascent(gradients: Sequence[Array], rho: float) -> list[Array]:
    """rho g / ||g||: Foret et al. (2021), eq. 2."""
    length = math.sqrt(math.fsum(float(v) ** 2 for each in gradients for v in each.ravel()))
    return [rho * each / length for each in gradients]
