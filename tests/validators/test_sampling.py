"""Samples of large splits."""

from __future__ import annotations

import pytest
import torch

from dann.core.views import View
from dann.validators.sampling import sample


def split(count: int) -> View:
    number = torch.arange(count, dtype=torch.float32)
    return View(number[:, None], -number[:, None], torch.arange(count), (2 * number[:, None],))


def test_a_small_split_is_returned_as_it_is() -> None:
    view = split(9)
    assert sample(view, 9) is view


def test_a_sample_keeps_order_and_all_fields_together() -> None:
    view = sample(split(50), 20)
    number = view.features[:, 0]
    assert len(view) == 20
    assert (number.diff() > 0).all()
    assert view.labels is not None
    assert (view.labels == number).all()
    assert (view.logits[:, 0] == -number).all()
    assert (view.hidden[0][:, 0] == 2 * number).all()


def test_the_draw_follows_its_seed_alone() -> None:
    torch.manual_seed(0)
    one = sample(split(50), 20).features
    torch.manual_seed(1)
    state = torch.get_rng_state()
    assert (sample(split(50), 20).features == one).all()
    assert (sample(split(50), 20, seed=1).features != one).any()
    assert (torch.get_rng_state() == state).all()


def test_nothing_to_keep_is_refused() -> None:
    with pytest.raises(ValueError, match=r'`most` above 0, got 0'):
        sample(split(3), 0)
