"""Scores of clusters, ranks and mixtures a second time: NumPy, float64, one loop per sum of the formula.

Nothing here is shared with the library; slow and literal on purpose.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from math import comb

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


def softmax(logits: Array) -> Array:
    """e^z_k / sum_l e^z_l, row by row."""
    rows = [[math.exp(z - max(row)) for z in row] for row in logits.tolist()]
    return np.array([[value / math.fsum(row) for value in row] for row in rows])


def entropy(shares: Sequence[float]) -> float:
    """-sum p log p, in nats."""
    return -math.fsum(p * math.log(p) for p in shares if p > 0)


def marginal_entropy(logits: Array) -> float:
    """Entropy of the mean prediction over log C."""
    p = softmax(logits)
    mean = [math.fsum(column) / len(p) for column in p.T]
    return entropy(mean) / math.log(len(mean))


def corr_c(logits: Array) -> float:
    """tr(P'P) / ||P'P||_F, entry by entry."""
    p = softmax(logits)
    classes = range(p.shape[1])
    c = [[math.fsum(float(row[i]) * float(row[j]) for row in p) for j in classes] for i in classes]
    return math.fsum(c[i][i] for i in classes) / math.sqrt(math.fsum(x * x for row in c for x in row))


def bnm(logits: Array) -> float:
    """Sum of the singular values over sqrt(N min(N, C))."""
    p = softmax(logits)
    return float(np.linalg.svd(p, compute_uv=False).sum()) / math.sqrt(len(p) * min(p.shape))


def rankme(features: Array) -> float:
    """exp(-sum p log p) of p_k = s_k / sum s + 1e-7."""
    sigma = np.linalg.svd(features, compute_uv=False)
    p = [float(s) / float(sigma.sum()) + 1e-7 for s in sigma]
    return math.exp(-math.fsum(x * math.log(x) for x in p))


def mano(logits: Array, power: float = 4, threshold: float = 5) -> float:
    """(mean of sigma(z)^p)^(1/p), softmax where the mean of -log softmax is above the threshold, else Taylor."""
    p = softmax(logits)
    if -math.fsum(math.log(x) for x in p.flat) / p.size <= threshold:
        p = np.array([taylor(row) for row in logits.tolist()])
    return float((math.fsum(float(x) ** power for x in p.flat) / p.size) ** (1 / power))


def taylor(row: Sequence[float]) -> list[float]:
    """1 + z + z^2 / 2, less the least, over the sum."""
    weights = [1 + z + z * z / 2 for z in row]
    weights = [w - min(weights) for w in weights]
    return [w / math.fsum(weights) for w in weights]


def snd(logits: Array, temperature: float) -> float:
    """Mean entropy of softmax(cos(p_i, p_j) / T) over j != i."""
    p = softmax(logits)
    unit = [row / math.sqrt(math.fsum(x * x for x in row)) for row in p]
    total = []
    for i, one in enumerate(unit):
        scores = np.array([[float(one @ two) / temperature for j, two in enumerate(unit) if j != i]])
        total.append(entropy(softmax(scores)[0].tolist()))
    return math.fsum(total) / len(total)


def k_means(features: Array, predicted: Labels, classes: int, rounds: int = 100) -> Labels:
    """Lloyd's algorithm from the predicted classes' means, zero for a class without samples."""
    centres = np.zeros((classes, features.shape[1]))
    for k in set(predicted.tolist()):
        centres[k] = features[predicted == k].mean(axis=0)
    found = predicted
    for turn in range(rounds):
        gaps = [[float(((x - c) ** 2).sum()) for c in centres] for x in features]
        before, found = found, np.array([int(np.argmin(row)) for row in gaps])
        if turn and (before == found).all():
            break
        centres = np.array(
            [features[found == k].mean(axis=0) if (found == k).any() else centres[k] for k in range(classes)]
        )
    return found


def ami(a: Labels, b: Labels) -> float:
    """(MI - E MI) / (mean of the entropies - E MI): Vinh et al. (2010), hypergeometric expectation, exact."""
    n = len(a)
    rows, columns = Counter(a.tolist()), Counter(b.tolist())
    joint = Counter(zip(a.tolist(), b.tolist(), strict=True))
    mutual = math.fsum(m / n * math.log(n * m / (rows[i] * columns[j])) for (i, j), m in joint.items())
    expected = 0.0
    for r in rows.values():
        for c in columns.values():
            for m in range(max(1, r + c - n), min(r, c) + 1):
                chance = Fraction(comb(r, m) * comb(n - r, c - m), comb(n, c))
                expected += m / n * math.log(n * m / (r * c)) * float(chance)
    mean = (entropy([v / n for v in rows.values()]) + entropy([v / n for v in columns.values()])) / 2
    return (mutual - expected) / (mean - expected)


def silhouette(features: Array, parts: Labels) -> float:
    """Mean of (b - a) / max(a, b); 0 for a part of one sample."""
    values = []
    for i, x in enumerate(features):
        gaps = {
            k: [math.dist(x, y) for j, y in enumerate(features) if parts[j] == k and j != i]
            for k in set(parts.tolist())
        }
        own = gaps.pop(int(parts[i]))
        if not own:
            values.append(0.0)
            continue
        a, b = math.fsum(own) / len(own), min(math.fsum(g) / len(g) for g in gaps.values())
        values.append((b - a) / max(a, b))
    return math.fsum(values) / len(values)


def mixval(mixed: Array, dominant: Labels, partner: Labels) -> tuple[float, float]:
    """Share of mixtures predicted as their dominant image, in pairs of one class and of two."""
    right: dict[bool, list[bool]] = {True: [], False: []}
    for scores, own, other in zip(mixed, dominant, partner, strict=True):
        right[bool(own == other)].append(int(np.argmax(scores)) == int(own))
    intra, inter = (sum(right[same]) / len(right[same]) for same in (True, False))
    return intra, inter


def ensv(candidates: Sequence[Array]) -> list[float]:
    """Share of samples on which argmax p_m is argmax of the sum over m."""
    members = [softmax(z) for z in candidates]
    together = [int(np.argmax(sum(p[i] for p in members))) for i in range(len(members[0]))]
    return [sum(int(np.argmax(p[i])) == together[i] for i in range(len(p))) / len(p) for p in members]
