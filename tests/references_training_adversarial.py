"""Adversarial training methods a second time: NumPy, float64, one loop per sum of the published formula.

Nothing here is shared with the library; slow and literal on purpose.
"""

from __future__ import annotations

import math

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
    """1/K sum_k |p1_k - p2_k|, averaged over samples: Saito et al. (2018), eq. 9."""
    total = []
    for first, second in zip(softmax(one), softmax(other), strict=True):
        total.append(math.fsum(abs(a - b) for a, b in zip(first, second, strict=True)) / len(first))
    return math.fsum(total) / len(total)


def class_balance(logits: Array) -> float:
    """- 1/K sum_k log(mean_n p_nk)."""
    p = softmax(logits)
    count, classes = p.shape
    logs = [math.log(math.fsum(float(row[k]) for row in p) / count) for k in range(classes)]
    return float(-math.fsum(logs) / classes)
