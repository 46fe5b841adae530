"""The weights of groups against a slow author of algorithm 1, and what they are for: the worst group counts most."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from fair_views import drawn_view, split

from dann.core.errors import CheckError
from dann.tasks.group_dro import GroupDRO, exponentiated


def built(**options: Any) -> GroupDRO:
    fairness = GroupDRO(**options)
    fairness.build(4)
    fairness.learn(*split())
    return fairness


@pytest.mark.parametrize(('eta', 'adjustment'), [(0.01, 0.0), (1.0, 0.0), (0.5, 2.0)])
def test_losses_and_weights_of_five_steps_are_those_of_a_slow_author(eta: float, adjustment: float) -> None:
    fairness = built(eta=eta, adjustment=adjustment)
    _, groups = split()
    sizes = [int((groups == place).sum()) for place in range(3)]
    weights = [1 / 3] * 3
    for step in range(5):
        view, losses, own = drawn_view(seed=step)
        means = []
        for place in range(3):
            inside = [
                loss for loss, group in zip(losses.tolist(), own.tolist(), strict=True) if group == place
            ]
            means.append(sum(inside) / len(inside) + adjustment / math.sqrt(sizes[place]) if inside else 0.0)
        raised = [weight * math.exp(eta * mean) for weight, mean in zip(weights, means, strict=True)]
        weights = [each / sum(raised) for each in raised]
        expected = sum(weight * mean for weight, mean in zip(weights, means, strict=True))
        assert float(fairness(losses, view, own)) == pytest.approx(expected, rel=1e-5)
        assert fairness.probabilities[:3].tolist() == pytest.approx(weights, rel=1e-5)
    assert float(fairness.probabilities.sum()) == pytest.approx(1)


def test_of_groups_that_keep_their_losses_the_worst_takes_all_weight() -> None:
    fairness = built(eta=1.0)
    view, _, own = drawn_view()
    losses = (own == 1).double()
    for _ in range(50):
        loss = fairness(losses, view, own)
    assert fairness.probabilities.argmax() == 1
    assert float(loss) == pytest.approx(1, abs=1e-6)


def test_in_evaluation_and_at_eta_0_the_weights_stay() -> None:
    view, losses, own = drawn_view()
    for fairness in (built(eta=0.0), built(eta=1.0).eval()):
        fairness(losses, view, own)
        assert fairness.probabilities[:3].tolist() == pytest.approx([1 / 3] * 3)


def test_a_batch_without_a_group_and_a_class_within_a_group() -> None:
    fairness = built(eta=0.0, by='class_group')
    labels, groups = split()
    there = len({*zip(labels.tolist(), groups.tolist(), strict=True)})
    view, losses, own = drawn_view()
    assert view.labels is not None
    cells = {*zip(view.labels.tolist(), own.tolist(), strict=True)}
    known = {*zip(labels.tolist(), groups.tolist(), strict=True)}
    means = [float(losses[(view.labels == label) & (own == group)].mean()) for label, group in cells & known]
    assert float(fairness(losses, view, own)) == pytest.approx(sum(means) / there)


def test_a_resumed_run_goes_on_with_its_weights_and_another_split_begins_anew() -> None:
    fairness = built(eta=1.0)
    view, losses, own = drawn_view()
    fairness(losses, view, own)
    again = GroupDRO(eta=1.0)
    again.build(4)
    again.load_state_dict(fairness.state_dict())
    again.learn(*split())
    assert torch.equal(again.probabilities, fairness.probabilities)
    again.learn(*split(50))
    assert again.probabilities[:3].tolist() == pytest.approx([1 / 3] * 3)


def test_large_losses_do_not_overflow() -> None:
    found = exponentiated(torch.tensor([0.5, 0.5]), torch.tensor([1e6, 0.0]), 1.0)
    assert found.tolist() == [1, 0]


@pytest.mark.parametrize('options', [{'eta': -1.0}, {'adjustment': -1.0}, {'by': 'class'}])
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(CheckError, match=r'expected `\w+`'):
        GroupDRO(**options)
