"""How the classes fare that a network serves worst."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

WORST_CLASS = 'oracle/worst_class_accuracy'
WORST_FIVE = 'oracle/worst_five_classes_accuracy'
FIVE = 5


def class_accuracies(predictions: Tensor, labels: Tensor) -> list[float]:
    """Return the accuracy of each class that has samples.

    Args:
        predictions: Classes, shape ``(N,)``.
        labels: Classes, shape ``(N,)``.
    """
    right = (predictions == labels).double()
    return [float(right[labels == label].mean()) for label in set(labels.tolist())]


def worst_classes(predictions: Tensor, labels: Tensor) -> dict[str, float]:
    """Return the accuracy of the worst class and, of more than five, the mean of the worst five, by name.

    Args:
        predictions: Classes, shape ``(N,)``.
        labels: Classes, shape ``(N,)``.
    """
    found = sorted(class_accuracies(predictions, labels))
    five = {WORST_FIVE: sum(found[:FIVE]) / FIVE} if len(found) > FIVE else {}
    return {WORST_CLASS: found[0]} | five
