"""The classes that fare worst."""

from __future__ import annotations

import pytest
import torch
from torchmetrics.functional.classification import multiclass_accuracy

from dann.engine.worst_classes import WORST_CLASS, WORST_FIVE, worst_classes


@pytest.mark.parametrize('classes', [2, 5, 6, 9])
def test_they_are_the_lowest_of_torchmetrics(classes: int) -> None:
    predictions, labels = torch.randint(
        0, classes, (2, 200), generator=torch.Generator().manual_seed(classes)
    )
    each = multiclass_accuracy(predictions, labels, classes, average='none').double().sort().values
    expected = {WORST_CLASS: float(each[0])}
    if classes > 5:
        expected[WORST_FIVE] = float(each[:5].mean())
    assert worst_classes(predictions, labels) == pytest.approx(expected)


def test_a_class_without_samples_is_not_the_worst() -> None:
    labels = torch.tensor([0, 0, 2, 2])
    assert worst_classes(torch.tensor([0, 0, 2, 1]), labels) == {WORST_CLASS: 0.5}
