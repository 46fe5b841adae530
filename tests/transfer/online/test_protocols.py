"""What each protocol claims, as a property of any stream."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from online_networks import segment

from dann.core.errors import CheckError, UserError
from dann.transfer.online.protocols import PROTOCOLS, arranged, drawn, in_turn, mixed, sizes
from dann.transfer.online.stream import Batch

COUNTS = st.lists(st.integers(2, 40), min_size=2, max_size=5)
MOST = st.integers(3, 20)


def order(batches: list[Batch]) -> list[tuple[int, int]]:
    return [
        each for batch in batches for each in zip(batch.segment.tolist(), batch.place.tolist(), strict=True)
    ]


@given(st.integers(2, 500), MOST)
def test_batches_are_few_and_even_and_none_holds_a_single_image(count: int, most: int) -> None:
    found = sizes(count, most)
    assert sum(found) == count
    assert max(found) <= most
    assert max(found) - min(found) <= 1
    assert len(found) == -(-count // most)
    assert min(found) >= 2


@given(COUNTS, MOST)
def test_in_turn_every_image_comes_once_and_segment_after_segment(counts: list[int], most: int) -> None:
    batches = list(in_turn(counts, most))
    assert order(batches) == [
        (number, place) for number, count in enumerate(counts) for place in range(count)
    ]
    assert all(len(set(batch.segment.tolist())) == 1 for batch in batches)
    assert not any(batch.anew for batch in batches)


@given(COUNTS, MOST)
def test_reset_is_continual_but_for_where_methods_begin_anew(counts: list[int], most: int) -> None:
    plain, anew = list(in_turn(counts, most)), list(in_turn(counts, most, anew=True))
    assert order(plain) == order(anew)
    first = {
        number: next(i for i, b in enumerate(anew) if b.segment[0] == number) for number in range(len(counts))
    }
    assert [number for number, batch in enumerate(anew) if batch.anew] == [
        first[n] for n in range(1, len(counts))
    ]


@given(COUNTS, MOST, st.integers(0, 100))
def test_mixed_every_image_comes_once_in_an_order_of_its_seed(
    counts: list[int], most: int, seed: int
) -> None:
    batches = list(mixed(counts, most, seed))
    assert sorted(order(batches)) == order(list(in_turn(counts, most)))
    assert order(batches) == order(list(mixed(counts, most, seed)))


def test_mixed_batches_hold_several_segments() -> None:
    batches = list(mixed([30, 30, 30], 15, 0))
    assert all(len(set(batch.segment.tolist())) == 3 for batch in batches)


@pytest.mark.parametrize('name', PROTOCOLS)
def test_a_protocol_arranges_segments(name: str) -> None:
    segments = [segment('b')] if name == 'one' else [segment('b'), segment('c')]
    found = arranged(name, segments, batch_size=5, seed=1)
    assert len(found) == 12 * len(segments)
    assert sum(batch.anew for batch in found.batches) == (name == 'reset')
    assert PROTOCOLS[name].about


def test_segments_of_one_name_are_told_apart() -> None:
    found = arranged('continual', [segment('b'), segment('c'), segment('b', seed=1)], batch_size=5)
    assert [each.name for each in found.segments] == ['toy/b', 'toy/c', 'toy/b (2)']
    named = [replace(segment(), name=name) for name in ('a', 'a (2)', 'a', 'online', 'a')]
    found = arranged('continual', named, batch_size=5)
    assert [each.name for each in found.segments] == ['a', 'a (2)', 'a (3)', 'online (2)', 'a (4)']
    assert found.protocol == 'continual'


def test_mistakes_are_explained() -> None:
    with pytest.raises(UserError, match="unknown protocol 'gradul'; did you mean 'gradual'"):
        arranged('gradul', [segment()], batch_size=4)
    with pytest.raises(
        UserError, match='gradual is of several domains, got 1; name more, or take the protocol one'
    ):
        arranged('gradual', [segment()], batch_size=4)
    with pytest.raises(
        UserError, match='one is of one domain, got 2; name one, or take the protocol continual'
    ):
        arranged('one', [segment(), segment('c')], batch_size=4)
    with pytest.raises(CheckError, match='`batch_size` of at least 3, got 2; of an odd number one image'):
        arranged('one', [segment()], batch_size=2)
    with pytest.raises(UserError, match='one is of one domain, got 0; name one'):
        arranged('one', [], batch_size=4)
    with pytest.raises(CheckError, match='at least 2 images of each domain, got 1; take more'):
        arranged('one', [segment(count=1)], batch_size=4)


def test_images_are_drawn_without_repetition() -> None:
    assert sorted(drawn(9, 9, 0).tolist()) == list(range(9))
    assert len(set(drawn(4, 9, 0).tolist())) == len(drawn(4, 9, 0)) == 4
    assert not torch.equal(drawn(9, 9, 0), drawn(9, 9, 1))
    assert len(drawn(20, 9, 0)) == 9
