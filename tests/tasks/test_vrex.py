"""The variance of the groups' risks against a slow author."""

from __future__ import annotations

import statistics

import pytest
import torch
from fair_views import drawn_view

from dann.core.errors import CheckError
from dann.tasks.vrex import VREx


@pytest.mark.parametrize('weight', [0.0, 1.0, 10.0])
def test_mean_and_variance_of_the_groups_risks(weight: float) -> None:
    view, losses, own = drawn_view()
    told = list(zip(losses.tolist(), own.tolist(), strict=True))
    risks = [
        statistics.fmean(loss for loss, group in told if group == place) for place in sorted({*own.tolist()})
    ]
    expected = statistics.fmean(risks) + weight * statistics.pvariance(risks)
    assert float(VREx(weight)(losses, view, own)) == pytest.approx(expected, rel=1e-6)


def test_equal_risks_cost_nothing_more_and_unequal_ones_do() -> None:
    view, losses, own = drawn_view()
    even = torch.ones_like(losses)
    assert float(VREx(100.0)(even, view, own)) == pytest.approx(1)
    uneven = (own == own[0]).to(losses)
    assert float(VREx(100.0)(uneven, view, own)) > float(VREx(0.0)(uneven, view, own))


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(CheckError, match='`weight` of at least 0'):
        VREx(-1.0)
