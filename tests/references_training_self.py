"""Self-training, ensembling and source-free losses a second time: NumPy, float64, one loop per sum.

Nothing here is shared with the library; slow and literal on purpose.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


def softmax(logits: Array) -> Array:
    """p_c = exp(z_c) / sum_k exp(z_k), row by row."""
    result = np.zeros_like(logits)
    for n, row in enumerate(logits):
        powers = [math.exp(float(z - row.max())) for z in row]
        result[n] = [power / math.fsum(powers) for power in powers]
    return result


def channel_moments(x: Array) -> tuple[Array, Array]:
    """Mean and unbiased variance of each channel of (B, C, H, W), over images and positions."""
    means, variances = [], []
    for channel in range(x.shape[1]):
        values = [float(v) for v in x[:, channel].ravel()]
        mean = math.fsum(values) / len(values)
        means.append(mean)
        variances.append(math.fsum((v - mean) ** 2 for v in values) / (len(values) - 1))
    return np.array(means), np.array(variances)
