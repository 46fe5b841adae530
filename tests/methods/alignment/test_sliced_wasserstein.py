"""The sliced Wasserstein distance against the published formula."""

from __future__ import annotations

import pytest
import torch
from draws import draw
from recorded import assert_agrees, load

from dann.core.views import View
from dann.methods.alignment.sliced_wasserstein import SlicedWasserstein, sliced_wasserstein


def test_sliced_wasserstein_draws_unit_directions_at_every_step() -> None:
    view = View(draw(9, 16), draw(9, 3))
    moved = View(view.features + 3, view.logits)
    torch.manual_seed(0)
    many = SlicedWasserstein(projections=4000)(view, moved, 1.0)['sliced_wasserstein']
    assert many.item() == pytest.approx(9, rel=0.1)  # |shift|^2 / D
    method = SlicedWasserstein(projections=2)
    one, other = (method(view, moved, 1.0)['sliced_wasserstein'] for _ in range(2))
    assert not torch.equal(one, other)


def test_sliced_wasserstein_pytorch_adapt() -> None:
    """Nothing differs for equal batches; it takes no others, and 128 directions whatever it is asked for."""
    record = load('sliced_adapt')
    value = sliced_wasserstein(record['source'], record['target'], record['projections'].T)
    assert_agrees(value, record, 'source', 'target')


def test_sliced_wasserstein_pot() -> None:
    """POT returns the root; the batches are unequal here."""
    record = load('sliced_pot')
    value = sliced_wasserstein(record['source'], record['target'], record['projections'].T)
    assert_agrees(value.sqrt(), record, *record.inputs)


def test_options_out_of_range_are_named() -> None:
    with pytest.raises(ValueError, match='expected `projections`'):
        SlicedWasserstein(projections=0)
