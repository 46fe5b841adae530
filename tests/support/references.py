"""Losses and scores a second time: NumPy, float64, one loop per sum of the published formula.

Nothing here is shared with the library; slow and literal on purpose.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SCALES = (0.125, 0.25, 0.5, 1.0, 2.0)


def covariance(x: Array) -> Array:
    """C_ij = sum_n (x_ni - mean_i) (x_nj - mean_j) / (n - 1)."""
    count, width = x.shape
    mean = [sum(float(v) for v in x[:, i]) / count for i in range(width)]
    result = np.zeros((width, width))
    for i in range(width):
        for j in range(width):
            terms = ((x[n, i] - mean[i]) * (x[n, j] - mean[j]) for n in range(count))
            result[i, j] = math.fsum(terms) / (count - 1)
    return result


def coral(source: Array, target: Array) -> float:
    """||C_s - C_t||_F^2 / (4 D^2): Sun & Saenko (2016), eq. 1."""
    width = len(source.T)
    gap = covariance(source) - covariance(target)
    total = math.fsum(float(gap[i, j]) ** 2 for i in range(width) for j in range(width))
    return total / (4 * width**2)


def squared_distance(x: Array, y: Array) -> float:
    """||x - y||^2."""
    return math.fsum((float(a) - float(b)) ** 2 for a, b in zip(x, y, strict=True))


def bandwidth(source: Array, target: Array) -> float:
    """Mean of ||z_i - z_j||^2 over the ordered pairs i != j of the pooled sample."""
    pooled = [*source, *target]
    count = len(pooled)
    pairs = [(i, j) for i in range(count) for j in range(count) if i != j]
    return math.fsum(squared_distance(pooled[i], pooled[j]) for i, j in pairs) / len(pairs)


def kernel(x: Array, y: Array, width: float, scales: Sequence[float] = SCALES) -> float:
    """sum_u exp(-||x - y||^2 / (2 scale_u width)): Long et al. (2015), equal weights."""
    gap = squared_distance(x, y)
    return sum(math.exp(-gap / (2 * scale * width)) for scale in scales)


def mean_kernel(xs: Array, ys: Array, width: float, scales: Sequence[float], *, skip: bool = False) -> float:
    """Mean of k(x_i, y_j), over i != j where ``skip``."""
    pairs = [(i, j) for i in range(len(xs)) for j in range(len(ys)) if not (skip and i == j)]
    return math.fsum(kernel(xs[i], ys[j], width, scales) for i, j in pairs) / len(pairs)


def mmd(
    source: Array,
    target: Array,
    estimator: str = 'unbiased',
    *,
    scales: Sequence[float] = SCALES,
    width: float | None = None,
) -> float:
    """Squared MMD: Gretton et al. (2012), eq. 3 (unbiased), eq. 5 (biased), lemma 14 (linear)."""
    width = bandwidth(source, target) if width is None else width
    if estimator == 'linear':
        return mmd_linear(source, target, width, scales)
    skip = estimator == 'unbiased'
    within_source = mean_kernel(source, source, width, scales, skip=skip)
    within_target = mean_kernel(target, target, width, scales, skip=skip)
    return within_source + within_target - 2 * mean_kernel(source, target, width, scales)


def mmd_linear(source: Array, target: Array, width: float, scales: Sequence[float]) -> float:
    """Mean of h((s_a, t_a), (s_b, t_b)) over the disjoint pairs (0, 1), (2, 3), ..."""
    terms = []
    for a in range(0, 2 * (min(len(source), len(target)) // 2), 2):
        b = a + 1
        same = kernel(source[a], source[b], width, scales) + kernel(target[a], target[b], width, scales)
        cross = kernel(source[a], target[b], width, scales) + kernel(source[b], target[a], width, scales)
        terms.append(same - cross)
    return math.fsum(terms) / len(terms)


def domain_loss(source: Array, target: Array) -> float:
    """Half of -mean log sigmoid(d_s) - mean log (1 - sigmoid(d_t)): Ganin et al. (2016), source is 1."""
    left = [math.log1p(math.exp(-float(d))) for d in source]
    right = [math.log1p(math.exp(float(d))) for d in target]
    return 0.5 * (sum(left) / len(left) + sum(right) / len(right))


def multilinear(features: Array, probabilities: Array) -> Array:
    """Entry c D + d is p_c f_d: Long et al. (2018), the multilinear map."""
    count, width = features.shape
    classes = probabilities.shape[1]
    result = np.zeros((count, classes * width))
    for n in range(count):
        for c in range(classes):
            for d in range(width):
                result[n, c * width + d] = probabilities[n, c] * features[n, d]
    return result


def randomised_multilinear(features: Array, probabilities: Array, r_f: Array, r_g: Array) -> Array:
    """Entry k is (sum_d R_f[k, d] f_d) (sum_c R_g[k, c] p_c) / sqrt(d): Long et al. (2018), eq. 5."""
    result = np.zeros((len(features), len(r_f)))
    for n in range(len(features)):
        for k in range(len(r_f)):
            left = math.fsum(float(a) * float(b) for a, b in zip(r_f[k], features[n], strict=True))
            right = math.fsum(float(a) * float(b) for a, b in zip(r_g[k], probabilities[n], strict=True))
            result[n, k] = left * right / math.sqrt(len(r_f))
    return result


def softmax(logits: Array) -> Array:
    result = np.zeros_like(logits)
    for n, row in enumerate(logits):
        powers = [math.exp(float(z - row.max())) for z in row]
        result[n] = [power / math.fsum(powers) for power in powers]
    return result


def shannon(distribution: Array) -> float:
    """H(p) = -sum_c p_c log p_c, in nats, with 0 log 0 = 0."""
    return -math.fsum(float(p) * math.log(p) for p in distribution if p > 0)


def entropy_weights(logits: Array) -> Array:
    """1 + exp(-H(p_i)), normalised to sum to one: Long et al. (2018)."""
    raw = np.array([1 + math.exp(-shannon(p)) for p in softmax(logits)])
    return raw / math.fsum(raw)


def weighted_domain_loss(source: Array, target: Array, source_logits: Array, target_logits: Array) -> float:
    """CDAN+E on critic scores: half of the two entropy-weighted sums, Long et al. (2018)."""
    left = zip(entropy_weights(source_logits), source, strict=True)
    right = zip(entropy_weights(target_logits), target, strict=True)
    source_term = sum(float(w) * math.log1p(math.exp(-float(d))) for w, d in left)
    return 0.5 * (source_term + sum(float(w) * math.log1p(math.exp(float(d))) for w, d in right))


def accuracy(logits: Array, labels: NDArray[np.int64]) -> float:
    hits = [int(np.argmax(row)) == int(label) for row, label in zip(logits, labels, strict=True)]
    return sum(hits) / len(hits)


def negative_entropy(logits: Array) -> float:
    """-mean_i H(p_i): Morerio et al. (2018), so that more is better."""
    return -math.fsum(shannon(p) for p in softmax(logits)) / len(logits)


def infomax(logits: Array) -> float:
    """H(mean_i p_i) - mean_i H(p_i): Bridle et al. (1991), Musgrave et al. (2022)."""
    p = softmax(logits)
    mean = np.array([math.fsum(column) / len(p) for column in p.T])
    return shannon(mean) + negative_entropy(logits)


def bnm(logits: Array) -> float:
    """||P||_* / sqrt(N min(N, C)): Cui et al. (2020), over its upper bound.

    The symmetric matrix [[0, P], [P^T, 0]] has the eigenvalues +-sigma, so no SVD is needed.
    """
    p = softmax(logits)
    count, classes = p.shape
    block = np.zeros((count + classes, count + classes))
    block[:count, count:] = p
    block[count:, :count] = p.T
    nuclear = math.fsum(abs(value) for value in np.linalg.eigvalsh(block)) / 2
    return nuclear / math.sqrt(count * min(count, classes))


def snd(logits: Array, temperature: float = 0.05) -> float:
    """Mean entropy of the row softmax of the others' cosine similarity: Saito et al. (2021)."""
    p = softmax(logits)
    count = len(p)
    entropies = []
    for i in range(count):
        norms = [math.sqrt(float(p[i] @ p[i]) * float(p[j] @ p[j])) for j in range(count)]
        cosines = [float(p[i] @ p[j]) / norms[j] for j in range(count) if j != i]
        entropies.append(shannon(softmax(np.array([cosines]) / temperature)[0]))
    return math.fsum(entropies) / count


def numerical_gradient(
    estimator: str, source: Array, target: Array, step: float = 1e-5
) -> tuple[Array, Array]:
    """Central differences of an MMD estimator with the bandwidth held where it is."""
    width = bandwidth(source, target)
    gradients = (np.zeros_like(source), np.zeros_like(target))
    for side, gradient in enumerate(gradients):
        for index in np.ndindex(*gradient.shape):
            values = []
            for sign in (1, -1):
                moved = [source.copy(), target.copy()]
                moved[side][index] += sign * step
                values.append(mmd(moved[0], moved[1], estimator, width=width))
            gradient[index] = (values[0] - values[1]) / (2 * step)
    return gradients
