"""Losses on target predictions a second time: NumPy, float64, one loop per sum of the published formula.

Nothing here is shared with the library; slow and literal on purpose.
"""

from __future__ import annotations

import math

import numpy as np
from references import Array, shannon, softmax


def class_confusion(logits: Array, temperature: float) -> float:
    """Jin et al. (2020), eqs. 2-6: temperature, weights, correlation, row normalisation, off-diagonal mean."""
    count, classes = logits.shape
    p = softmax(logits / temperature)
    certainty = [1 + math.exp(-shannon(row)) for row in p]
    weights = [count * value / math.fsum(certainty) for value in certainty]
    confusion = np.zeros((classes, classes))
    for i in range(classes):
        for j in range(classes):
            terms = [weights[n] * float(p[n, i]) * float(p[n, j]) for n in range(count)]
            confusion[i, j] = math.fsum(terms)
    total = 0.0
    for i in range(classes):
        row = math.fsum(float(confusion[i, j]) for j in range(classes))
        total += math.fsum(float(confusion[i, j]) / row for j in range(classes) if j != i)
    return total / float(classes)


def nuclear_norm(matrix: Array) -> float:
    """Trace of the square root of A^T A, through its eigenvalues."""
    eigenvalues = np.linalg.eigvalsh(matrix.T @ matrix)
    return math.fsum(math.sqrt(max(float(value), 0.0)) for value in eigenvalues)


def fast_nuclear_norm(matrix: Array) -> float:
    """Largest min(B, C) of the norms of the columns: Cui et al. (2021)."""
    norms = [math.sqrt(math.fsum(float(x) ** 2 for x in column)) for column in matrix.T]
    return math.fsum(sorted(norms, reverse=True)[: min(matrix.shape)])


def information(logits: Array) -> float:
    """H(mean p) - mean H(p)."""
    p = softmax(logits)
    marginal = np.array([math.fsum(float(x) for x in column) / len(p) for column in p.T])
    return shannon(marginal) - mean_entropy(logits)


def mean_entropy(logits: Array) -> float:
    """Mean of H(p_n): Grandvalet and Bengio (2004)."""
    p = softmax(logits)
    return math.fsum(shannon(row) for row in p) / len(p)
