"""The penalty of IRMv1 against automatic differentiation of each group's loss."""

from __future__ import annotations

import pytest
import torch
from fair_views import drawn_view
from torch.nn import functional as F

from dann.core.errors import CheckError
from dann.tasks.irm import IRM


@pytest.mark.parametrize('weight', [0.0, 1.0, 50.0])
def test_each_groups_derivative_by_a_scale_of_the_logits_is_squared(weight: float) -> None:
    view, _, own = drawn_view()
    assert view.labels is not None
    losses = F.cross_entropy(view.logits, view.labels, reduction='none')
    expected = 0.0
    places = {*own.tolist()}
    for place in places:
        inside = own == place
        scale = torch.ones((), dtype=view.logits.dtype, requires_grad=True)
        loss = F.cross_entropy(scale * view.logits[inside].detach(), view.labels[inside])
        [slope] = torch.autograd.grad(loss, scale)
        expected += float(loss.detach() + weight * slope**2) / len(places)
    assert float(IRM(weight)(losses, view, own)) == pytest.approx(expected, rel=1e-5)


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(CheckError, match='`weight` of at least 0'):
        IRM(-1.0)
