"""Seeded samples for the distances, and their covariance by loops."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SHAPES = [((9, 4), (5, 4)), ((12, 1), (7, 1)), ((6, 11), (8, 11))]


def draw(*shape: int, seed: int = 0) -> Array:
    """Standard normal numbers."""
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def slow_covariance(features: Array) -> Array:
    """The covariance of features ``(N, D)``, sum by sum."""
    mean = [sum(column) / len(features) for column in features.T]
    size = features.shape[1]
    return np.array(
        [
            [
                sum((row[i] - mean[i]) * (row[j] - mean[j]) for row in features) / (len(features) - 1)
                for j in range(size)
            ]
            for i in range(size)
        ]
    )
