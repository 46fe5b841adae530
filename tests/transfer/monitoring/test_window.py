"""One window."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from monitored import CLASSES, seen

from dann.core.views import View
from dann.transfer.monitoring.plan import Plan
from dann.transfer.monitoring.spending import spent
from dann.transfer.monitoring.window import Name, class_shares, features, judged, unit_of, variables

NAME = Name(1, 'a', 'first', 'last')


def test_variables_are_features_and_then_probabilities() -> None:
    view = seen(7, 0)
    found = variables(view)
    assert found.shape == (7, 12 + CLASSES)
    assert found[:, :12] == pytest.approx(view.features.double().numpy(), abs=1e-5)
    assert found[:, 12:].sum(axis=1) == pytest.approx(np.ones(7), abs=1e-4)
    assert (features(view) == found[:, :12]).all()


def test_shares_count_every_class_once() -> None:
    view = View(torch.zeros(4, 1), torch.tensor([[1.0, 0, 0], [1.0, 0, 0], [0, 0, 1.0], [1.0, 0, 0]]))
    assert class_shares(view) == (0.75, 0.0, 0.25)


def test_what_has_not_moved_is_no_alarm_and_what_has_is_one() -> None:
    reference = seen(200, 0)
    same = judged(reference, seen(50, 1), NAME, Plan())
    assert same.verdict == 'none'
    assert same.by_mmd
    assert (same.number, same.batch, same.first, same.last, same.samples) == (1, 'a', 'first', 'last', 50)
    assert same.alarm_at == spent(0.05, 1)
    assert same.warning_at == spent(0.2, 1)
    moved = judged(reference, seen(50, 1, shift=1.0), NAME, Plan())
    assert moved.verdict == 'alarm'
    assert moved.ks_p < spent(0.05, 1) / 2
    assert moved.mmd > same.mmd


def test_a_smaller_drift_is_a_warning_before_it_is_an_alarm() -> None:
    reference = seen(200, 0)
    verdicts = [
        judged(reference, seen(50, 1, shift=shift), NAME, Plan()).verdict for shift in np.linspace(0, 0.6, 31)
    ]
    assert list(dict.fromkeys(verdicts)) == ['none', 'warning', 'alarm']
    assert verdicts[-1] == 'alarm'


@pytest.mark.parametrize(
    'number', [1, 10]
)  # the second needs more permutations than one that decides nothing
def test_the_mmd_alone_raises_an_alarm(number: int) -> None:
    # features move together and little each: no single one does
    draw = torch.Generator().manual_seed(0)
    left, right = torch.randn(300, 60, generator=draw), torch.randn(50, 60, generator=draw) * 1.2
    views = [View(each, torch.zeros(len(each), 2)) for each in (left, right)]
    found = judged(views[0], views[1], Name(number, 'a', 'first', 'last'), Plan())
    assert found.ks_p > spent(0.2, number) / 2
    assert found.mmd_p <= spent(0.05, number) / 2
    assert found.verdict == 'alarm'


def test_beyond_the_permutations_that_are_drawn_the_other_test_has_all_of_the_level() -> None:
    late = Name(500, 'a', 'first', 'last')
    found = judged(seen(200, 0), seen(50, 1, shift=1.0), late, Plan())
    assert not found.by_mmd
    assert found.verdict == 'alarm'
    assert judged(seen(200, 0), seen(50, 1), late, Plan()).verdict == 'none'


def test_the_same_sample_in_another_batch_has_not_moved() -> None:
    view = View(torch.ones(60, 3), torch.zeros(60, 2))
    jittered = View(view.features + 1e-7, view.logits + 1e-8)
    found = judged(view, jittered[:20], NAME, Plan())
    assert found.moved[0].distance == 0


@pytest.mark.parametrize('size', [1e-30, 1e-7, 1e4])
def test_features_of_any_size_have_the_same_verdict(size: float) -> None:
    def scaled(view: View, scale: float) -> View:
        return View(view.features * scale, torch.zeros_like(view.logits))

    reference = seen(200, 0)
    for shift in (0.0, 0.3, 1.0):
        view = seen(50, 1, shift=shift)
        usual, found = (
            judged(scaled(reference, scale), scaled(view, scale), NAME, Plan()) for scale in (1.0, size)
        )
        assert found.verdict == usual.verdict
        assert [each.p_value for each in found.moved] == pytest.approx([each.p_value for each in usual.moved])
        assert found.mmd == pytest.approx(usual.mmd, abs=1e-4)
    assert usual.verdict == 'alarm'


@pytest.mark.parametrize(
    ('largest', 'unit'),
    [(1.0, 1.0), (-9.9, 1.0), (10.0, 10.0), (3e-7, 1e-7), (0.0, 1.0), (float('nan'), 1.0)],
)
def test_the_unit_is_a_power_of_ten_and_1_at_usual_sizes(largest: float, unit: float) -> None:
    view = View(torch.tensor([[0.0], [largest]]), torch.zeros(2, 2))
    assert unit_of(view) == pytest.approx(unit)


def test_what_decides_nothing_takes_no_more_permutations_than_the_plan_has() -> None:
    found = judged(seen(200, 0), seen(50, 1, shift=1.0), NAME, Plan(permutations=70))
    assert found.ks_p < spent(0.05, 1) / 2
    assert found.mmd_p == 1 / 71
