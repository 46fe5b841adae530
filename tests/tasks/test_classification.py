"""The source loss of classification."""

from __future__ import annotations

import math

import pytest
import torch

from dann.core.views import View
from dann.tasks import Classification


def test_the_loss_is_the_mean_cross_entropy_of_the_labels() -> None:
    logits = torch.tensor([[2.0, 0.0, 1.0], [0.5, -1.0, 3.0]], dtype=torch.float64)
    labels = torch.tensor([0, 1])
    expected = 0.0
    for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
        expected += (math.log(sum(map(math.exp, row))) - row[label]) / 2
    view = View(torch.zeros(2, 1), logits, labels)
    assert Classification().loss(view).item() == pytest.approx(expected)
