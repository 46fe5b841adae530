"""The penalty against a slow author, and the property that it is for."""

from __future__ import annotations

import pytest
import torch
from fair_views import drawn_view
from torch import Tensor

from dann.core.errors import CheckError
from dann.tasks.equalised_odds import EqualisedOdds, odds_penalty


def slow_penalty(probabilities: Tensor, labels: Tensor, groups: Tensor) -> float:
    total, rows = 0.0, probabilities.tolist()
    for label in set(labels.tolist()):
        of_class = [row for row, own in zip(rows, labels.tolist(), strict=True) if own == label]
        mean = [sum(column) / len(of_class) for column in zip(*of_class, strict=True)]
        for group in set(groups.tolist()):
            told = zip(rows, labels.tolist(), groups.tolist(), strict=True)
            both = [row for row, own, place in told if own == label and place == group]
            if both:
                own_mean = [sum(column) / len(both) for column in zip(*both, strict=True)]
                apart = sum((a - b) ** 2 for a, b in zip(own_mean, mean, strict=True))
                total += len(both) / len(rows) * apart
    return total


@pytest.mark.parametrize(('count', 'classes', 'groups'), [(23, 4, 3), (7, 2, 2), (64, 5, 1)])
def test_it_is_that_of_a_slow_author(count: int, classes: int, groups: int) -> None:
    view, losses, own = drawn_view(count, classes, groups)
    assert view.labels is not None
    found = odds_penalty(view.probabilities, view.labels, own)
    assert float(found) == pytest.approx(slow_penalty(view.probabilities, view.labels, own), abs=1e-12)
    loss = EqualisedOdds(weight=2.0)(losses, view, own)
    assert float(loss) == pytest.approx(float(losses.mean()) + 2 * float(found), rel=1e-6)


def test_it_is_0_where_predictions_depend_on_the_class_alone_and_above_elsewhere() -> None:
    labels, groups = torch.arange(24) % 3, torch.arange(24) // 3 % 2
    alike = torch.eye(3, dtype=torch.float64)[labels]
    assert float(odds_penalty(alike, labels, groups)) == pytest.approx(0, abs=1e-15)
    apart = torch.where((groups == 1)[:, None], alike.roll(1, dims=1), alike)
    assert float(odds_penalty(apart, labels, groups)) == pytest.approx(
        0.5
    )  # each group half of the square of 2 away


def test_descent_draws_groups_together() -> None:
    labels, groups = torch.arange(24) % 3, torch.arange(24) // 3 % 2
    logits = torch.randn(
        24, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64
    ).requires_grad_()
    assert torch.autograd.gradcheck(lambda each: odds_penalty(each.softmax(dim=1), labels, groups), (logits,))
    before = odds_penalty(logits.softmax(dim=1), labels, groups)
    before.backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert odds_penalty((logits - logits.grad).softmax(dim=1), labels, groups) < before


def test_a_weight_below_0_is_refused() -> None:
    with pytest.raises(CheckError, match='`weight` of at least 0'):
        EqualisedOdds(-1)
