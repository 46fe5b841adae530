"""Predictions on samples of several groups, drawn, and their figures by a slow author."""

from __future__ import annotations

import numpy as np

from dann.stats.grouped import Grouped


def drawn(
    names: tuple[str, ...] = ('dark', 'light', 'night'),
    classes: int = 4,
    count: int = 240,
    right: float = 0.6,
    seed: int = 0,
) -> Grouped:
    """Every group has every class; the first group is right more often than the others."""
    rng = np.random.default_rng(seed)
    group, true = np.arange(count) % len(names), rng.permutation(np.arange(count) // len(names) % classes)
    hit = rng.random(count) < np.where(group == 0, (1 + right) / 2, right)
    predicted = np.where(hit, true, rng.integers(classes, size=count))
    return Grouped(names, classes, true, predicted, rng.uniform(0.3, 1, count), group)


def slow_accuracy(grouped: Grouped, place: int) -> float:
    pairs = [
        (t, p) for t, p, g in zip(grouped.true, grouped.predicted, grouped.group, strict=True) if g == place
    ]
    return sum(float(t == p) for t, p in pairs) / len(pairs)


def slow_rate(grouped: Grouped, place: int, label: int, *, of: str) -> float | None:
    """How often ``label`` is said in a group: among all, among those of it, or among the others."""
    said = [
        float(p == label)
        for t, p, g in zip(grouped.true, grouped.predicted, grouped.group, strict=True)
        if g == place and (of == 'all' or bool(t == label) is (of == 'own'))
    ]
    return sum(said) / len(said) if said else None


def slow_difference(grouped: Grouped, kinds: tuple[str, ...]) -> float:
    largest = 0.0
    for label in range(grouped.classes):
        for kind in kinds:
            rates = [slow_rate(grouped, place, label, of=kind) for place in range(len(grouped.names))]
            known = [rate for rate in rates if rate is not None]
            if known:
                largest = max(largest, max(known) - min(known))
    return largest


def slow_calibration(grouped: Grouped, place: int, bins: int = 15) -> float:
    total, count = 0.0, 0
    rows = [
        (float(c), float(t == p))
        for t, p, c, g in zip(grouped.true, grouped.predicted, grouped.confidence, grouped.group, strict=True)
        if g == place
    ]
    for number in range(bins):
        inside = [(c, r) for c, r in rows if number / bins < c <= (number + 1) / bins]
        count = len(inside)
        if count:
            accuracy, confidence = sum(r for _, r in inside) / count, sum(c for c, _ in inside) / count
            total += count / len(rows) * abs(accuracy - confidence)
    return total
