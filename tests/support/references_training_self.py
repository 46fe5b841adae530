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
    """argmax_c p_c / threshold_c where that is at least 1, else -1: Zou et al. (2018), section 4."""
    labels = []
    for row in p:
        relative = [float(v) / float(t) for v, t in zip(row, thresholds, strict=True)]
        labels.append(int(np.argmax(relative)) if max(relative) >= 1 else -1)
    return np.array(labels)


def pseudo_cross_entropy(logits: Array, labels: Labels) -> float:
    """-log p[label] over all samples, those labelled -1 counting zero."""
    rows = zip(softmax(logits), labels, strict=True)
    return -math.fsum(math.log(float(p[label])) for p, label in rows if label >= 0) / len(labels)


def cosine(x: Array, y: Array) -> float:
    """x . y / (|x| |y|)."""
    dot = math.fsum(float(a) * float(b) for a, b in zip(x, y, strict=True))
    norms = [math.sqrt(math.fsum(float(v) ** 2 for v in z)) for z in (x, y)]
    return dot / (norms[0] * norms[1])


def centroid_labels(features: Array, p: Array, rounds: int, *, homogeneous: bool) -> Labels:
    """Nearest of the weighted centroids by cosine, predicted classes only: Liang et al. (2020), eqs. 4-6."""
    if homogeneous:
        features = np.array([[*row, 1.0] / np.sqrt(sum(v * v for v in row) + 1) for row in features])
    count, classes = p.shape
    predicted = {int(np.argmax(row)) for row in p}
    weights, labels = p, np.zeros(count, dtype=np.int64)
    for _ in range(rounds):
        centroids = {}
        for k in predicted:
            total = math.fsum(float(w) for w in weights[:, k])
            if total > 0:
                centroids[k] = sum(float(weights[n, k]) * features[n] for n in range(count)) / total
        for n in range(count):
            labels[n] = max(centroids, key=lambda k: cosine(features[n], centroids[k]))
        weights = np.array([[float(label == k) for k in range(classes)] for label in labels])
    return labels


def nearest(own: int, features: Array, count: int) -> list[int]:
    """The most similar others by cosine, nearest first."""
    others = [n for n in range(len(features)) if n != own]
    return sorted(others, key=lambda n: -cosine(features[own], features[n]))[:count]


def nrc(
    features: Array, p: Array, own: list[int], neighbours: int, expanded: int, weak: float
) -> dict[str, float]:
    """The four losses of Yang et al. (2021), section 3, on banks that hold the batch's own predictions."""
    terms = {'neighbours': 0.0, 'expanded': 0.0, 'self': 0.0}
    for i in own:
        for k in nearest(i, features, neighbours):
            around = nearest(k, features, expanded)
            terms['neighbours'] -= (1.0 if i in around else weak) * float(p[k] @ p[i]) / len(own)
            terms['expanded'] -= math.fsum(weak * float(p[m] @ p[i]) for m in around) / len(own)
        terms['self'] -= float(p[i] @ p[i]) / len(own)
    mean = [math.fsum(float(p[i, c]) for i in own) / len(own) for c in range(p.shape[1])]
    terms['divergence'] = math.fsum(q * math.log(q * len(mean)) for q in mean)
    return terms


def block_mask(noise: Array, ratio: float, block: int, height: int, width: int) -> NDArray[np.bool_]:
    """Pixel (i, j) is kept where v[i div b, j div b] > r: Hoyer et al. (2023), section 3.2."""
    kept = np.zeros((len(noise), 1, height, width), dtype=bool)
    for n in range(len(noise)):
        for i in range(height):
            for j in range(width):
                kept[n, 0, i, j] = noise[n, i // block, j // block] > ratio
    return kept


def masked_consistency(masked: Array, whole: Array) -> float:
    """max t (-log p[argmax t]), mean over images: Hoyer et al. (2023), section 3.2, for classification."""
    rows = zip(softmax(masked), softmax(whole), strict=True)
    return -math.fsum(float(max(t)) * math.log(float(p[int(np.argmax(t))])) for p, t in rows) / len(masked)
