"""Metrics of groups as a user writes them."""

from __future__ import annotations

from typing import Any

import numpy as np


def spread(counts: Any) -> Any:
    """The standard deviation of the groups' accuracies."""
    right = np.diagonal(counts, axis1=-2, axis2=-1).sum(axis=-1)
    return (right / counts.sum(axis=(-1, -2))).std(axis=-1)


def flat(counts: Any) -> float:
    """Forgets that there may be several draws."""
    return float(spread(counts).mean())


def broken(counts: Any) -> Any:
    """Raises."""
    return counts['a']


def worst_accuracy(counts: Any) -> Any:
    """Has the name of a figure that there is."""
    return spread(counts)
