"""The protocols of a stream: in which order images of several domains come, and where methods begin anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import torch
from torch import Tensor

from dann.core.errors import UserError, check, unknown
from dann.transfer.online.stream import WHOLE, Batch, Segment, Stream


@dataclass(frozen=True, slots=True)
class Protocol:
    """One order of a stream.

    Args:
        about: What it is, in words.
        several: Whether it is of several segments.
        shuffled: Whether their images come in a random order.
        anew: Whether methods begin anew at each segment.
    """

    about: str
    several: bool = True
    shuffled: bool = False
    anew: bool = False


PROTOCOLS = {
    'one': Protocol('one domain, once past', several=False),
    'continual': Protocol('domains one after another, and nothing is ever reset'),
    'gradual': Protocol('domains that change in small steps, and nothing is ever reset'),
    'mixed': Protocol('images of all domains in a random order', shuffled=True),
    'reset': Protocol(
        'as continual, but methods begin anew at each domain, whose beginning somebody must know', anew=True
    ),
}


def sizes(count: int, most: int) -> list[int]:
    """Return how many images the batches of ``count`` have: as few batches as can be, as even as can be.

    Of at least two images, in batches of at most three or more, no batch is of a single one, which has no statistics.

    Example:
        >>> sizes(100, 32), sizes(64, 32)
        ([25, 25, 25, 25], [32, 32])
    """
    batches = -(-count // most)
    return [count // batches + (number < count % batches) for number in range(batches)]


def in_turn(counts: Sequence[int], most: int, *, anew: bool = False) -> Iterator[Batch]:
    """Yield batches of segment after segment; none has images of two.

    Args:
        counts: Images of each segment.
        most: Images of a batch.
        anew: Whether methods begin anew at every segment but the first.
    """
    for number, count in enumerate(counts):
        begins = anew and number > 0
        for place in torch.split(torch.arange(count), sizes(count, most)):
            yield Batch(torch.full_like(place, number), place, begins)
            begins = False


def mixed(counts: Sequence[int], most: int, seed: int) -> Iterator[Batch]:
    """Yield batches of all images in a random order.

    Args:
        counts: Images of each segment.
        most: Images of a batch.
        seed: Of the order.
    """
    segment = torch.cat([torch.full((count,), number) for number, count in enumerate(counts)])
    place = torch.cat([torch.arange(count) for count in counts])
    order = drawn(len(place), len(place), seed)
    for part in torch.split(order, sizes(len(order), most)):
        yield Batch(segment[part], place[part])


def protocol(name: str) -> Protocol:
    """Return a protocol by its name.

    Raises:
        UserError: There is none of that name.
    """
    if name not in PROTOCOLS:
        raise unknown('protocol', name, PROTOCOLS)
    return PROTOCOLS[name]


def arranged(name: str, segments: Sequence[Segment], *, batch_size: int, seed: int = 0) -> Stream:
    """Return the stream of segments under a protocol.

    Args:
        name: Key of ``PROTOCOLS``.
        segments: Each with at least two images, in the order in which they come where the protocol has one.
        batch_size: The most images of a batch, at least 3; batches of a segment are as even as can be.
        seed: Of the order, where it is random.

    Raises:
        UserError: No such protocol, or as many segments as it is not of.
    """
    chosen = protocol(name)
    check(
        batch_size >= 3,
        f'expected `batch_size` of at least 3, got {batch_size}; of an odd number one image would be left, which has '
        'no statistics',
    )
    if chosen.several and len(segments) < 2:
        raise UserError(
            f'the protocol {name} is of several domains, got {len(segments)}; name more, or take the protocol one'
        )
    if not chosen.several and len(segments) != 1:
        raise UserError(
            f'the protocol {name} is of one domain, got {len(segments)}; name one, or take the protocol continual'
        )
    counts = [len(each) for each in segments]
    check(min(counts) >= 2, f'expected at least 2 images of each domain, got {min(counts)}; take more')
    batches = (
        mixed(counts, batch_size, seed) if chosen.shuffled else in_turn(counts, batch_size, anew=chosen.anew)
    )
    return Stream(tuple(_told_apart(segments)), tuple(batches), name)


def _told_apart(segments: Sequence[Segment]) -> Iterator[Segment]:
    """Yield segments with a number behind names that were there before; that of the whole stream always is."""
    taken = {WHOLE}
    for each in segments:
        names = chain([each.name], (f'{each.name} ({number})' for number in range(2, len(segments) + 2)))
        name = next(name for name in names if name not in taken)
        taken.add(name)
        yield replace(each, name=name)


def drawn(count: int, available: int, seed: int) -> Tensor:
    """Return positions of images in the order in which they come: ``count`` at most, at random without repetition."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randperm(available, generator=generator)[:count]
