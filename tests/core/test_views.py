"""A view is cut, moved and joined sample by sample, and never gains a label."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from dann.core.views import View


def draw(count: int, *, labelled: bool = True, seed: int = 0) -> View:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(3, (count,), generator=generator) if labelled else None
    features, logits = torch.randn(count, 4, generator=generator), torch.randn(count, 3, generator=generator)
    return View(
        features, logits, labels, (2 * features,), {'pass.logits': 3 * logits, 'pass.rank': order(count)}
    )


def order(count: int) -> Tensor:
    return torch.arange(count)


@pytest.mark.parametrize('part', [slice(2), slice(2, None), slice(1, 4), slice(None), slice(0, 0)])
def test_a_slice_takes_the_same_samples_of_everything(part: slice) -> None:
    view = draw(5)
    cut = view[part]
    assert view.labels is not None
    assert cut.labels is not None
    assert len(cut) == len(range(5)[part])
    assert torch.equal(cut.features, view.features[part])
    assert torch.equal(cut.logits, view.logits[part])
    assert torch.equal(cut.labels, view.labels[part])
    assert torch.equal(cut.hidden[0], view.hidden[0][part])
    assert torch.equal(cut.extra['pass.logits'], view.extra['pass.logits'][part])
    assert torch.equal(cut.extra['pass.rank'], order(5)[part])


def test_a_slice_of_an_unlabelled_view_is_unlabelled() -> None:
    assert draw(5, labelled=False)[1:3].labels is None


def test_probabilities_and_predictions_follow_from_the_logits() -> None:
    view = draw(6)
    powers = np.exp(view.logits.double().numpy())
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(view.probabilities.numpy(), expected, rtol=1e-5)
    np.testing.assert_array_equal(view.predictions.numpy(), expected.argmax(axis=1))


def test_a_move_changes_the_type_of_numbers_and_not_of_labels() -> None:
    view = draw(4)
    moved = view.to('cpu', torch.float64)
    assert view.labels is not None
    assert moved.labels is not None
    assert moved.features.dtype == moved.logits.dtype == torch.float64
    assert moved.labels.dtype == torch.int64
    assert torch.equal(moved.labels, view.labels)
    assert torch.equal(moved.features.float(), view.features)
    assert moved.hidden[0].dtype == moved.extra['pass.logits'].dtype == torch.float64
    assert moved.extra['pass.rank'].dtype == torch.int64
    assert view.to('cpu').features.dtype == torch.float32
    assert draw(4, labelled=False).to('cpu').labels is None


def test_a_move_reaches_every_part() -> None:
    moved = draw(4).to('meta')
    assert moved.labels is not None
    parts = [moved.features, moved.logits, moved.labels, *moved.hidden, *moved.extra.values()]
    assert len(parts) == 6
    assert {part.device.type for part in parts} == {'meta'}


def test_joining_what_was_cut_gives_the_view_back() -> None:
    view = draw(7)
    joined = View.concatenate([view[:2], view[2:3], view[3:]])
    assert view.labels is not None
    assert joined.labels is not None
    assert torch.equal(joined.features, view.features)
    assert torch.equal(joined.logits, view.logits)
    assert torch.equal(joined.labels, view.labels)
    assert torch.equal(joined.hidden[0], view.hidden[0])
    assert torch.equal(joined.extra['pass.logits'], view.extra['pass.logits'])
    assert torch.equal(joined.extra['pass.rank'], view.extra['pass.rank'])


def test_a_view_joined_with_one_of_fewer_passes_has_the_passes_of_both() -> None:
    whole, bare = draw(3), View(torch.zeros(2, 4), torch.zeros(2, 3), None, (torch.zeros(2, 4),))
    assert View.concatenate([whole, bare]).extra == {}
    less = replace(draw(2), extra={'pass.rank': order(2)})
    assert View.concatenate([whole, less]).extra['pass.rank'].tolist() == [0, 1, 2, 0, 1]


@pytest.mark.parametrize('labelled', [(False, False), (True, False), (False, True)])
def test_one_unlabelled_part_makes_the_whole_unlabelled(labelled: tuple[bool, bool]) -> None:
    joined = View.concatenate([draw(3, labelled=flag) for flag in labelled])
    assert len(joined) == 6
    assert joined.labels is None


def test_a_view_cannot_be_changed() -> None:
    view: Any = draw(2)
    with pytest.raises(FrozenInstanceError):
        view.labels = torch.zeros(2)
