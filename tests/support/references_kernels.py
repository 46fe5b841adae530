"""Kernel, moment and transport losses a second time: NumPy, float64, one loop per sum of the published formula.

Nothing here is shared with the library; slow and literal on purpose.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations

import numpy as np
from numpy.typing import NDArray
from references import Array, bandwidth, kernel, softmax, squared_distance

Labels = NDArray[np.int64]
Layers = Sequence[Array]


def joint_kernel(sources: Layers, targets: Layers, variances: Sequence[float | None]) -> Array:
    """K_ij = prod_l k_l(z_i, z_j) over the pooled sample: Long et al. (2017), eq. 8."""
    count = len(sources[0]) + len(targets[0])
    result = np.ones((count, count))
    for source, target, variance in zip(sources, targets, variances, strict=True):
        pooled, width = [*source, *target], bandwidth(source, target)
        for i in range(count):
            for j in range(count):
                if variance is None:
                    result[i, j] *= kernel(pooled[i], pooled[j], width)
                else:
                    result[i, j] *= math.exp(-squared_distance(pooled[i], pooled[j]) / (2 * variance))
    return result


def jmmd(sources: Layers, targets: Layers, variances: Sequence[float | None], estimator: str) -> float:
    """Long et al. (2017), eq. 9 as U- or V-statistic, eq. 10 in linear time."""
    gram = joint_kernel(sources, targets, variances)
    n, m = len(sources[0]), len(targets[0])
    if estimator == 'linear':
        terms = []
        for a in range(0, 2 * (min(n, m) // 2), 2):
            b = a + 1
            terms.append(gram[a, b] + gram[n + a, n + b] - gram[a, n + b] - gram[b, n + a])
        return math.fsum(terms) / len(terms)
    skip = estimator == 'unbiased'

    def mean(rows: range, columns: range) -> float:
        kept = [gram[i, j] for i in rows for j in columns if not (skip and i == j)]
        return math.fsum(kept) / len(kept)

    here, there = range(n), range(n, n + m)
    return mean(here, here) + mean(there, there) - 2 * mean(here, there)


def lmmd(source: Array, target: Array, labels: Labels, probabilities: Array, *, predicted: bool) -> float:
    """(1 / C) sum_c (sum w w k + sum w w k - 2 sum w w k): Zhu et al. (2020), eqs. 6 and 8."""
    width, total, classes = bandwidth(source, target), 0.0, 0
    for c in range(probabilities.shape[1]):
        members = [float(label == c) for label in labels]
        if sum(members) == 0 or (predicted and c not in [int(row.argmax()) for row in probabilities]):
            continue
        ours = [member / sum(members) for member in members]
        theirs = [float(row[c]) / math.fsum(probabilities[:, c]) for row in probabilities]
        classes += 1
        for w, x in zip(ours, source, strict=True):
            total += math.fsum(w * v * kernel(x, y, width) for v, y in zip(ours, source, strict=True))
            total -= 2 * math.fsum(w * v * kernel(x, y, width) for v, y in zip(theirs, target, strict=True))
        for w, x in zip(theirs, target, strict=True):
            total += math.fsum(w * v * kernel(x, y, width) for v, y in zip(theirs, target, strict=True))
    return total / classes


def central_moment(x: Array, unit: int, order: int) -> float:
    """E (x - E x)^k of one unit."""
    mean = math.fsum(x[:, unit]) / len(x)
    return math.fsum((float(value) - mean) ** order for value in x[:, unit]) / len(x)


def cmd(source: Array, target: Array, moments: int, interval: float | None) -> float:
    """Zellinger et al. (2017), definition 1 on samples."""
    length = max(source.max(), target.max()) - min(source.min(), target.min())
    length = float(length) if interval is None else interval
    units = range(source.shape[1])
    means = [math.fsum(source[:, d]) / len(source) - math.fsum(target[:, d]) / len(target) for d in units]
    total = math.sqrt(math.fsum(gap**2 for gap in means)) / length
    for order in range(2, moments + 1):
        gaps = [central_moment(source, d, order) - central_moment(target, d, order) for d in units]
        total += math.sqrt(math.fsum(gap**2 for gap in gaps)) / length**order
    return total


def moment_tensor(x: Array, order: int) -> Array:
    """(1 / n) sum_i x_i (x) ... (x) x_i, with every one of the D^p entries."""
    total = np.zeros((x.shape[1],) * order)
    for row in x:
        for index in np.ndindex(*total.shape):
            total[index] += math.prod(float(row[d]) for d in index) / len(x)
    return total


def homm(source: Array, target: Array, order: int, *, centre: bool) -> float:
    """||M_s - M_t||_F^2 / D^p: Chen et al. (2020)."""
    if centre:
        source, target = source - source.mean(axis=0), target - target.mean(axis=0)
    gap = moment_tensor(source, order) - moment_tensor(target, order)
    return math.fsum(float(value) ** 2 for value in gap.ravel()) / gap.size


def wasserstein_line(xs: Sequence[float], ys: Sequence[float]) -> float:
    """W_2^2 of two uniform samples on a line: fill the plan from the lowest pair up, in exact fractions."""
    xs, ys = sorted(xs), sorted(ys)
    i, j, cost = 0, 0, 0.0
    left, right = Fraction(1, len(xs)), Fraction(1, len(ys))
    while i < len(xs) and j < len(ys):
        moved = min(left, right)
        cost += float(moved) * (xs[i] - ys[j]) ** 2
        left, right = left - moved, right - moved
        if left == 0:
            i, left = i + 1, Fraction(1, len(xs))
        if right == 0:
            j, right = j + 1, Fraction(1, len(ys))
    return cost


def sliced_wasserstein(source: Array, target: Array, directions: Array) -> float:
    """Mean over directions of W_2^2 between the projections: Bonneel et al. (2015), Lee et al. (2019)."""
    distances = [
        wasserstein_line([float(x @ d) for x in source], [float(y @ d) for y in target]) for d in directions
    ]
    return math.fsum(distances) / len(distances)


def deepjdot_cost(
    source: Array, labels: Labels, target: Array, logits: Array, alpha: float, lambda_t: float
) -> Array:
    """alpha ||s_i - t_j||^2 + lambda_t CE(y_i, p_j): Damodaran et al. (2018), eq. 6."""
    cost, predicted = np.zeros((len(source), len(target))), softmax(logits)
    for i, j in np.ndindex(*cost.shape):
        entropy = -math.log(predicted[j, labels[i]])
        cost[i, j] = alpha * squared_distance(source[i], target[j]) + lambda_t * entropy
    return cost


def cheapest_transport(cost: Array) -> float:
    """Uniform transport as an assignment: each sample is split into parts of equal mass, then all ways are tried."""
    n, m = cost.shape
    parts = math.lcm(n, m)
    rows = [i for i in range(n) for _ in range(parts // n)]
    columns = [j for j in range(m) for _ in range(parts // m)]
    ways = (
        math.fsum(cost[i, j] for i, j in zip(rows, way, strict=True)) for way in set(permutations(columns))
    )
    return min(ways) / parts


def class_mmd(source: Array, target: Array, width: float) -> float:
    """Mean k(s, s') + mean k(t, t') - 2 mean k(s, t), pairs i == i included: Kang et al. (2019), eqs. 3-4."""

    def mean(xs: Array, ys: Array) -> float:
        return math.fsum(kernel(x, y, width) for x in xs for y in ys) / (len(xs) * len(ys))

    return mean(source, source) + mean(target, target) - 2 * mean(source, target)


def contrastive_discrepancy(source: Array, target: Array, ours: Labels, theirs: Labels) -> float:
    """Kang et al. (2019), eq. 5; a target label of -1 is no class's."""
    width = bandwidth(source, target)
    classes = [c for c in sorted(set(ours.tolist())) if c in theirs]
    intra = [class_mmd(source[ours == c], target[theirs == c], width) for c in classes]
    inter = [
        class_mmd(source[ours == c], target[theirs == d], width) for c in classes for d in classes if c != d
    ]
    if not classes:
        return 0.0
    return math.fsum(intra) / len(intra) - (math.fsum(inter) / len(inter) if inter else 0.0)


def spherical_clusters(source: Array, labels: Labels, target: Array) -> tuple[Labels, Array]:
    """Assign by cosine and sum unit vectors until nothing moves: Kang et al. (2019), section 3.4."""
    unit = [row / math.sqrt(float(row @ row)) for row in target]
    centres = {
        int(c): sum(
            (row / math.sqrt(float(row @ row)) for row in source[labels == c]), np.zeros(source.shape[1])
        )
        for c in set(labels.tolist())
    }
    previous = None
    while True:
        distance = [
            {c: 0.5 * (1 - float(row @ o) / math.sqrt(float(o @ o))) for c, o in centres.items()}
            for row in unit
        ]
        assigned = [min(row, key=row.__getitem__) for row in distance]
        if assigned == previous:
            return np.array(assigned), np.array([row[c] for row, c in zip(distance, assigned, strict=True)])
        for c in set(assigned):
            centres[c] = sum((row for row, d in zip(unit, assigned, strict=True) if c == d), 0 * unit[0])
        previous = assigned
