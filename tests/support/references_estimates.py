"""Estimates of target accuracy a second time: loops over samples, and a linear programme in place of an assignment.

Nothing here is shared with the library.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from numpy.typing import NDArray
from references import softmax
from scipy.optimize import linprog

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


def sureness(logits: Array, kind: str) -> list[float]:
    """sum p log p, or max p, of each row."""
    rows = softmax(logits).tolist()
    if kind == 'probability':
        return [max(row) for row in rows]
    return [math.fsum(p * math.log(p) for p in row if p > 0) for row in rows]


def atc(source: Array, labels: Labels, target: Array, kind: str = 'entropy') -> float:
    """Share of the target at or above the threshold below which as many lie as are wrong: Garg et al. (2022)."""
    scores = sureness(source, kind)
    wrong = sum(int(np.argmax(row)) != label for row, label in zip(source, labels, strict=True))
    best = min(
        [*sorted(scores), math.inf], key=lambda value: abs(sum(score < value for score in scores) - wrong)
    )
    found = sureness(target, kind)
    return sum(score >= best for score in found) / len(found)


def doc(source: Array, labels: Labels, target: Array) -> float:
    """Source accuracy - (mean source confidence - mean target confidence): Guillory et al. (2021)."""
    right = sum(int(np.argmax(row)) == label for row, label in zip(source, labels, strict=True))
    means = [math.fsum(sureness(part, 'probability')) / len(part) for part in (source, target)]
    return float(right / len(source) - (means[0] - means[1]))


def temperature(logits: Array, labels: Labels) -> float:
    """The best of many temperatures."""

    def loss(t: float) -> float:
        return -math.fsum(
            math.log(row[label]) for row, label in zip(softmax(logits / t), labels, strict=True)
        )

    tried = np.exp(np.linspace(-3, 3, 1201))
    return float(min(tried, key=loss))


def cot(labels: Labels, target: Array) -> float:
    """1 - the cost of the best plan from predictions to class shares, a linear programme: Lu et al. (2023)."""
    rows = softmax(target)
    count, classes = rows.shape
    cost = [
        [math.fsum(abs(p - float(k == label)) for k, p in enumerate(row)) / 2 for label in range(classes)]
        for row in rows
    ]
    known = Counter(labels.tolist())
    leaving = [np.kron(np.eye(count)[i], np.ones(classes)) for i in range(count)]
    arriving = [np.kron(np.ones(count), np.eye(classes)[k]) for k in range(classes)]
    masses = [1 / count] * count + [known[k] / len(labels) for k in range(classes)]
    plan = linprog(np.ravel(cost), A_eq=np.array([*leaving, *arriving]), b_eq=masses)
    return 1 - float(plan.fun)
