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


def consistency(student: Array, teacher: Array, threshold: float | None) -> float:
    """Squared gap of probabilities, mean over classes, zero under the threshold: French et al. (2018), section 3.2."""
    total = 0.0
    for s, t in zip(student, teacher, strict=True):
        if threshold is None or max(float(v) for v in t) > threshold:
            total += sum((float(a) - float(b)) ** 2 for a, b in zip(s, t, strict=True)) / len(s)
    return total / len(student)


def imbalance(probabilities: Array) -> float:
    """Binary cross-entropy of the mean prediction to 1 / C, over classes: French et al. (2018), section 3.4."""
    count, classes = probabilities.shape
    total = 0.0
    for c in range(classes):
        mean = math.fsum(float(p) for p in probabilities[:, c]) / count
        total -= math.log(mean) / classes + (1 - 1 / classes) * math.log(1 - mean)
    return total


def confident_cross_entropy(strong: Array, weak: Array, threshold: float) -> float:
    """-log p_strong[argmax p_weak] where max p_weak >= tau, over all samples: Sohn et al. (2020), eq. 4."""
    total = 0.0
    for p, q in zip(softmax(strong), softmax(weak), strict=True):
        if max(q) >= threshold:
            total -= math.log(float(p[int(np.argmax(q))]))
    return total / len(strong)


def class_thresholds(p: Array, portion: float) -> Array:
    """Confidence at the portion of each predicted class, highest first: Zou et al. (2018), algorithm 2."""
    result = []
    for c in range(p.shape[1]):
        mine = sorted((float(max(row)) for row in p if int(np.argmax(row)) == c), reverse=True)
        result.append(mine[max(1, math.floor(portion * len(mine))) - 1] if mine else 1.0)
    return np.array(result)


def balanced_labels(p: Array, thresholds: Array) -> Labels:
    """argmax_c p_c / threshold_c where that is at least 1, else -1: Zou et al. (2018), eq. 9."""
    labels = []
    for row in p:
        relative = [float(v) / float(t) for v, t in zip(row, thresholds, strict=True)]
        labels.append(int(np.argmax(relative)) if max(relative) >= 1 else -1)
    return np.array(labels)


def pseudo_cross_entropy(logits: Array, labels: Labels) -> float:
    """-log p[label] over all samples, those labelled -1 counting zero."""
    rows = zip(softmax(logits), labels, strict=True)
    return -math.fsum(math.log(float(p[label])) for p, label in rows if label >= 0) / len(labels)
