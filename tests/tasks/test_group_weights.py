"""Weights of groups against a slow author, and what they are for: every group counts alike."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from fair_views import drawn_view, split

from dann.core.errors import CheckError
from dann.core.fairness import equal_weights
from dann.tasks.group_weights import GroupWeights


@pytest.mark.parametrize('by', ['group', 'class_group'])
def test_the_loss_is_the_weighted_mean_of_a_slow_author(by: Any) -> None:
    view, losses, own = drawn_view()
    labels, groups = split()
    fairness = GroupWeights(by)
    fairness.build(4)
    fairness.learn(labels, groups)
    of_split = list(zip(labels.tolist(), groups.tolist(), strict=True))
    name = (lambda label, group: (label, group)) if by == 'class_group' else (lambda label, group: group)
    there = {name(*each) for each in of_split}
    expected = 0.0
    assert view.labels is not None
    for label, group, loss in zip(view.labels.tolist(), own.tolist(), losses.tolist(), strict=True):
        size = sum(name(*each) == name(label, group) for each in of_split)
        expected += loss * len(of_split) / (len(there) * size) if size else 0.0
    assert float(fairness(losses, view, own)) == pytest.approx(expected / len(losses), rel=1e-6)


def test_over_the_split_every_group_has_the_same_weight_and_the_mean_is_1() -> None:
    counts = torch.tensor([3, 0, 30, 300])
    weights = equal_weights(counts)
    assert (weights * counts).tolist() == pytest.approx([111, 0, 111, 111])
    assert float((weights * counts).sum() / counts.sum()) == pytest.approx(1)


def test_groups_of_equal_size_change_nothing() -> None:
    view, losses, _ = drawn_view(24)
    own = torch.arange(24) % 3
    fairness = GroupWeights()
    fairness.build(4)
    fairness.learn(torch.zeros(24, dtype=torch.long), own)
    assert float(fairness(losses, view, own)) == pytest.approx(float(losses.mean()))


def test_classes_alone_are_no_groups() -> None:
    with pytest.raises(CheckError, match="got 'class'"):
        GroupWeights('class')  # type: ignore[arg-type]
