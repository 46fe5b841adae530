"""Scores that read source labels or both domains' features a second time: NumPy, float64, literal loops.

Nothing here is shared with the library.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from references import Array, softmax, squared_distance
from scipy.optimize import minimize

Labels = NDArray[np.int64]


def cross_entropies(logits: Array, labels: Labels) -> Array:
    """-log p_i(y_i)."""
    return np.array([-math.log(p[label]) for p, label in zip(softmax(logits), labels, strict=True)])


def errors(logits: Array, labels: Labels) -> Array:
    return np.array([float(np.argmax(row) != label) for row, label in zip(logits, labels, strict=True)])


def iwcv(weights: Array, losses: Array) -> float:
    """-mean_i w_i l_i: Sugiyama et al. (2007)."""
    return -math.fsum(w * loss for w, loss in zip(weights, losses, strict=True)) / len(weights)


def dev(weights: Array, losses: Array) -> float:
    """-(mean(w l) + eta mean(w) - eta), eta = -Cov(w l, w) / Var(w): You et al. (2019), algorithm 1."""
    weighted = weights * losses
    table = np.cov(np.stack([weighted, weights]), ddof=1)
    eta = -table[0, 1] / table[1, 1]
    return -float(np.mean(weighted) + eta * np.mean(weights) - eta)


def devn(weights: Array, losses: Array) -> float:
    """DEV of weights over their maximum, moved to a mean of one: Musgrave et al. (2022)."""
    scaled = [w / max(weights) for w in weights]
    mean = math.fsum(scaled) / len(scaled)
    return dev(np.array([w - (mean - 1) for w in scaled]), losses)


def logistic(x: Array, domain: Labels, decay: float) -> tuple[Array, float]:
    """Minimiser of mean log-loss + decay / 2 ||w||^2, by a general optimiser; the intercept is free."""

    def objective(parameters: Array) -> float:
        logits = x @ parameters[:-1] + parameters[-1]
        losses = [math.log1p(math.exp(-z if d else z)) for z, d in zip(logits, domain, strict=True)]
        return math.fsum(losses) / len(x) + decay / 2 * float(parameters[:-1] @ parameters[:-1])

    found = minimize(objective, np.zeros(x.shape[1] + 1), method='BFGS', options={'gtol': 1e-8})
    return found.x[:-1], float(found.x[-1])


def density_ratio(source: Array, target: Array, decay: float, folds: tuple[Labels, Labels]) -> Array:
    """P(target | f) / P(source | f) * N_s / N_t of the samples seen, for each source sample when held out."""
    pooled = np.concatenate([source, target])
    spread = pooled.std(axis=0)
    unit = [(x - pooled.mean(axis=0)) / np.where(spread > 0, spread, 1) for x in (source, target)]
    weights = np.zeros(len(source))
    for i in range(len(source)):
        left, right = (x[fold != folds[0][i]] for x, fold in zip(unit, folds, strict=True))
        domain = np.array([0] * len(left) + [1] * len(right))
        slope, intercept = logistic(np.concatenate([left, right]), domain, decay)
        likely = 1 / (1 + math.exp(-(float(unit[0][i] @ slope) + intercept)))
        weights[i] = likely / (1 - likely) * len(left) / len(right)
    return weights


def cosine(x: Array, y: Array) -> float:
    return float(x @ y) / math.sqrt(float(x @ x) * float(y @ y))


def nearest_source(source: Array, correct: Sequence[bool], target: Array) -> float:
    """Mean over targets of whether the source sample of the highest cosine is classified correctly."""
    hits = [correct[max(range(len(source)), key=lambda j: cosine(row, source[j]))] for row in target]
    return sum(hits) / len(hits)


def target_knn(source: Array, labels: Labels, target: Array, predictions: Labels, k: int) -> float:
    """Mean over predicted classes of the mean precision at k of their samples, on unit vectors."""
    left, right = ([row / math.sqrt(float(row @ row)) for row in x] for x in (source, target))
    means: list[float] = []
    for label in sorted(set(predictions.tolist())):
        precisions = []
        for row, prediction in zip(right, predictions, strict=True):
            if prediction == label:
                order = sorted(range(len(left)), key=lambda j: squared_distance(row, left[j]))
                precisions.append(sum(int(labels[j]) == label for j in order[:k]) / k)
        means.append(sum(precisions) / len(precisions))
    return sum(means) / len(means)


def median_distance(source: Array, target: Array) -> float:
    """The median of ||z_i - z_j||^2 over the pairs i < j of the pooled sample, the lower of two."""
    pooled = [*source, *target]
    gaps = sorted(squared_distance(pooled[i], pooled[j]) for i in range(len(pooled)) for j in range(i))
    return gaps[(len(gaps) - 1) // 2]


def reverse_validation(
    target: Array, predictions: Labels, source: Array, labels: Labels, penalty: float
) -> float:
    """Source accuracy of one-against-rest least squares with an L2 penalty, from its normal equations."""
    mean, spread = target.mean(axis=0), target.std(axis=0)
    x, z = (target - mean) / spread, (source - mean) / spread
    classes = sorted(set(predictions.tolist()))
    scores = np.zeros((len(source), len(classes)))
    for column, label in enumerate(classes):
        y = np.array([1.0 if prediction == label else -1.0 for prediction in predictions])
        gram = x.T @ x + penalty * len(x) * np.eye(x.shape[1])
        slope = np.linalg.solve(gram, x.T @ (y - y.mean()))
        scores[:, column] = z @ slope + y.mean()
    found = [classes[int(np.argmax(row))] for row in scores]
    hits = [int(a) == int(b) for a, b in zip(found, labels, strict=True)]
    return sum(hits) / len(hits)
