"""A stream shows methods images, every one once, and nothing else."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
import torch
from online_networks import segment, stream

from dann.core.errors import CheckError
from dann.transfer.online.stream import Batch, Incoming, Stream


def test_batches_hold_the_images_that_they_name() -> None:
    one, other = segment('b'), segment('c')
    batch = Batch(torch.tensor([1, 0, 1]), torch.tensor([2, 0, 5]))
    (found,) = Stream((one, other), (batch,)).incoming()
    for image, (where, place) in zip(found.images, ((other, 2), (one, 0), (other, 5)), strict=True):
        assert torch.equal(image, where.target.images('test')[where.index[place]])
    assert not found.anew


def test_a_method_is_shown_images_and_where_it_begins_anew_and_no_label() -> None:
    assert [field.name for field in fields(Incoming)] == ['images', 'anew']


def test_all_images_pass_once() -> None:
    passed = stream('mixed')
    assert len(passed) == 24
    shown = torch.cat([each.images for each in passed.incoming()])
    there = torch.cat([each.target.images('test')[:] for each in passed.segments])
    assert sorted(map(bytes, shown.flatten(1).numpy())) == sorted(map(bytes, there.flatten(1).numpy()))


def test_figures_have_names_of_their_own() -> None:
    for names in (('a', 'a'), ('a', 'online')):
        with pytest.raises(CheckError, match="different names, none of them 'online', got a, "):
            Stream(tuple(replace(segment(), name=name) for name in names), ())
