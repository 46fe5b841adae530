"""Online methods a second time: NumPy, float64, one loop per sum, gradients by central differences.

Nothing here is shared with the library; slow and literal on purpose. The network is batch norm by the batch's own
statistics and a linear layer without bias: logits = W (gamma * (x - mean) / sqrt(var + eps) + beta).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
EPS = 1e-5


def statistics(x: Array) -> tuple[list[float], list[float]]:
    """Mean and biased variance of each column."""
    count, width = x.shape
    mean = [math.fsum(float(x[n, i]) for n in range(count)) / count for i in range(width)]
    variance = [
        math.fsum((float(x[n, i]) - mean[i]) ** 2 for n in range(count)) / count for i in range(width)
    ]
    return mean, variance


def normalised(
    x: Array, mean: Sequence[float], variance: Sequence[float], gamma: Array, beta: Array
) -> Array:
    """Batch norm by given statistics."""
    out = np.empty_like(x)
    for n in range(len(x)):
        for i in range(x.shape[1]):
            out[n, i] = gamma[i] * (x[n, i] - mean[i]) / math.sqrt(variance[i] + EPS) + beta[i]
    return out


def logits(x: Array, *parameters: Array) -> Array:
    """The network by the batch's own statistics; gamma, beta and W are its parameters."""
    gamma, beta, weight = parameters
    hidden = normalised(x, *statistics(x), gamma, beta)
    out = np.zeros((len(x), len(weight)))
    for n in range(len(x)):
        for c in range(len(weight)):
            out[n, c] = math.fsum(float(weight[c, i]) * float(hidden[n, i]) for i in range(x.shape[1]))
    return out


def softmax(row: Array) -> list[float]:
    """exp(z_c) / sum_k exp(z_k)."""
    most = max(float(v) for v in row)
    powers = [math.exp(float(v) - most) for v in row]
    return [power / math.fsum(powers) for power in powers]


def entropy(row: Array) -> float:
    """-sum_c p_c log p_c."""
    return -math.fsum(p * math.log(p) for p in softmax(row) if p > 0)


def mean_entropy(rows: Array) -> float:
    """Of all rows."""
    return math.fsum(entropy(row) for row in rows) / len(rows)


def gradient(f: Callable[[list[Array]], float], at: Sequence[Array], step: float = 1e-5) -> list[Array]:
    """Central differences in every number of every array."""
    found = []
    for number, values in enumerate(at):
        slope = np.zeros_like(values)
        for index in np.ndindex(*values.shape):
            ends = []
            for sign in (1, -1):
                moved = [each.copy() for each in at]
                moved[number][index] += sign * step
                ends.append(f(moved))
            slope[index] = (ends[0] - ends[1]) / (2 * step)
        found.append(slope)
    return found


class Adam:
    """Kingma and Ba (2015), algorithm 1, with betas of 0.9 and 0.999."""

    def __init__(self, lr: float) -> None:
        self.lr, self.taken = lr, 0
        self.first: list[Array] = []
        self.second: list[Array] = []

    def step(self, values: Sequence[Array], slopes: Sequence[Array]) -> list[Array]:
        """Return the values after a step down the slopes."""
        self.taken += 1
        self.first = self.first or [np.zeros_like(each) for each in values]
        self.second = self.second or [np.zeros_like(each) for each in values]
        self.first = [0.9 * m + 0.1 * g for m, g in zip(self.first, slopes, strict=True)]
        self.second = [0.999 * v + 0.001 * g**2 for v, g in zip(self.second, slopes, strict=True)]
        fixed, wide = 1 - 0.9**self.taken, 1 - 0.999**self.taken
        return [
            value - self.lr * (m / fixed) / (np.sqrt(v / wide) + 1e-8)
            for value, m, v in zip(values, self.first, self.second, strict=True)
        ]


class Momentum:
    """SGD with a velocity: v <- 0.9 v + g, theta <- theta - lr v."""

    def __init__(self, lr: float) -> None:
        self.lr = lr
        self.velocity: list[Array] = []

    def step(self, values: Sequence[Array], slopes: Sequence[Array]) -> list[Array]:
        """Return the values after a step down the slopes."""
        known = self.velocity or [np.zeros_like(each) for each in values]
        self.velocity = [0.9 * v + g for v, g in zip(known, slopes, strict=True)]
        return [value - self.lr * v for value, v in zip(values, self.velocity, strict=True)]


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """<a, b> / (|a| |b|)."""
    inner = math.fsum(a * b for a, b in zip(one, other, strict=True))
    return inner / math.sqrt(math.fsum(a * a for a in one) * math.fsum(b * b for b in other))


def eata_weights(
    rows: Array, average: Sequence[float] | None, share: float, similar: float
) -> dict[int, float]:
    """Niu et al. (2022), eqs. 3, 5 and 6: the weight of each sample that has one."""
    bound = share * math.log(rows.shape[1])
    found = {}
    for n, row in enumerate(rows):
        near = average is not None and cosine(softmax(row), average) >= similar
        if entropy(row) < bound and not near:
            found[n] = 1 / math.exp(entropy(row) - bound)
    return found


def eata_average(rows: Array, kept: Sequence[int], average: Sequence[float] | None) -> list[float]:
    """Eq. 4, with the authors' 0.9."""
    chosen = [softmax(rows[n]) for n in kept]
    mean = [math.fsum(p[c] for p in chosen) / len(chosen) for c in range(rows.shape[1])]
    return (
        mean if average is None else [0.9 * old + 0.1 * new for old, new in zip(average, mean, strict=True)]
    )


def cross_entropy(rows: Array, labels: Sequence[int]) -> float:
    """Mean of -log p at the labels."""
    return -math.fsum(math.log(softmax(row)[label]) for row, label in zip(rows, labels, strict=True)) / len(
        rows
    )


def consistency(rows: Array, taught: Array) -> float:
    """Wang et al. (2022): mean of -sum_c q_c log p_c."""
    total = []
    for row, teacher in zip(rows, taught, strict=True):
        total += [-q * math.log(p) for q, p in zip(softmax(teacher), softmax(row), strict=True)]
    return math.fsum(total) / len(rows)
