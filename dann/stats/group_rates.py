"""Accuracies of groups, and how far apart groups are treated, from counts of true and predicted classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.integer[Any]]
Rates = NDArray[np.float64]


def group_counts(
    true: NDArray[np.int64],
    predicted: NDArray[np.int64],
    group: NDArray[np.int64],
    classes: int,
    groups: int,
) -> NDArray[np.int64]:
    """Return a confusion matrix of each group, shape ``(G, C, C)``, true classes in rows.

    Args:
        true: Classes, shape ``(N,)``.
        predicted: What the network says, shape ``(N,)``.
        group: Places of groups, shape ``(N,)``.
        classes: C.
        groups: G.
    """
    cells = (group * classes + true) * classes + predicted
    counted = np.bincount(cells, minlength=groups * classes * classes)
    return counted.astype(np.int64).reshape(groups, classes, classes)


def group_accuracies(counts: Counts) -> Rates:
    """Return the share of samples of each group that are right, shape ``(..., G)``; NaN for a group without samples.

    Args:
        counts: Shape ``(..., G, C, C)``.
    """
    return _share(_hits(counts).sum(axis=-1), counts.sum(axis=(-1, -2)))


def worst_group(counts: Counts) -> Rates:
    """Return the lowest accuracy of any group that has samples, shape ``(...)``.

    Args:
        counts: Shape ``(..., G, C, C)``.
    """
    accuracies = group_accuracies(counts)
    lowest: Rates = np.where(np.isnan(accuracies), np.inf, accuracies).min(axis=-1)
    return lowest


def parity_difference(counts: Counts) -> Rates:
    r"""Return how much more often some class is predicted for one group than for another, shape ``(...)``.

    .. math:: \max_k \left( \max_g P(\hat y = k \mid g) - \min_g P(\hat y = k \mid g) \right)

    Demographic parity is defined for two outcomes. Of several classes each is held against all others, and the largest
    difference counts. It is above 0 wherever classes are not equally frequent in all groups, however fair the network.

    Args:
        counts: Shape ``(..., G, C, C)``.

    Reference:
        Agarwal et al., `A Reductions Approach to Fair Classification <https://arxiv.org/abs/1803.02453>`_, ICML 2018,
        definition 1.
    """
    predicted = counts.sum(axis=-2)
    return _widest(_share(predicted, predicted.sum(axis=-1, keepdims=True)))


def odds_difference(counts: Counts) -> Rates:
    r"""Return how far apart true or false positive rates of some class are between groups, shape ``(...)``.

    .. math:: \max_k \max_{y \in \{k, \lnot k\}} \left(
        \max_g P(\hat y = k \mid y, g) - \min_g P(\hat y = k \mid y, g) \right)

    Equalised odds are defined for two outcomes. Of several classes each is held against all others, and the largest
    difference counts. A group without a sample of a class is left out of that class's rate. Of many classes and few
    samples the largest difference is large by chance; see ``dann.stats.group_intervals.by_chance``.

    Args:
        counts: Shape ``(..., G, C, C)``.

    Reference:
        Hardt et al., `Equality of Opportunity in Supervised Learning <https://arxiv.org/abs/1610.02413>`_, NeurIPS
        2016, definition 2.1.
    """
    hits, true, predicted = _hits(counts), counts.sum(axis=-1), counts.sum(axis=-2)
    others = true.sum(axis=-1, keepdims=True) - true
    return np.maximum(_widest(_share(hits, true)), _widest(_share(predicted - hits, others)))


def _hits(counts: Counts) -> Counts:
    return np.diagonal(counts, axis1=-2, axis2=-1)


def _share(part: Counts, whole: Counts) -> Rates:
    """Return shares; NaN of nothing."""
    with np.errstate(invalid='ignore', divide='ignore'):
        return np.asarray(part / whole, np.float64)


def _widest(rates: Rates) -> Rates:
    """Return the largest difference between groups over all classes, of rates ``(..., G, C)``; 0 without two groups."""
    unknown = np.isnan(rates)
    highest = np.where(unknown, -np.inf, rates).max(axis=-2)
    lowest = np.where(unknown, np.inf, rates).min(axis=-2)
    widest: Rates = np.maximum(highest - lowest, 0.0).max(axis=-1)
    return widest
