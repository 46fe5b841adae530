"""How far networks agree on images whose classes nobody knows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]


def majority(predicted: Mapping[str, Probabilities]) -> NDArray[np.int64]:
    """Return the class that most networks predict of each image, shape ``(N,)``.

    Of classes with equally many votes it is the one with the highest sum of probabilities.

    Args:
        predicted: Class probabilities ``(N, C)`` of the same images, at least one network's.
    """
    each = list(predicted.values())
    classes = np.arange(each[0].shape[1])
    votes = sum((part.argmax(axis=1)[:, None] == classes).astype(np.float64) for part in each)
    found: NDArray[np.int64] = (votes + sum(each) / (len(each) + 1)).argmax(axis=1)  # a sum is below one vote
    return found


def agreement(predicted: Mapping[str, Probabilities]) -> dict[str, float]:
    """Return for each network the share of images of which it predicts what the ``majority`` does.

    Its own vote is among those that are counted.

    Args:
        predicted: As in ``majority``.
    """
    most = majority(predicted)
    return {name: float((part.argmax(axis=1) == most).mean()) for name, part in predicted.items()}


def agreement_with(predicted: Mapping[str, Probabilities], name: str) -> dict[str, float]:
    """Return for each network the share of images of which it predicts what the one called ``name`` does.

    Args:
        predicted: As in ``majority``.
        name: Whose predictions to compare with; nothing is returned where there is no such network.
    """
    if name not in predicted:
        return {}
    theirs = predicted[name].argmax(axis=1)
    return {each: float((part.argmax(axis=1) == theirs).mean()) for each, part in predicted.items()}
