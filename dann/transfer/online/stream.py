"""A stream of unlabelled batches, and what its evaluator must know of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from dann.core.errors import check
from dann.datasets.base import DomainDataset

WHOLE = 'online'  # what figures of the whole stream are called


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a stream: some images of one domain.

    Args:
        name: What tables call it.
        target: The domain.
        index: Which images of its ``split``, in the order in which they come, shape ``(N,)``.
        split: Of the domain.
    """

    name: str
    target: DomainDataset
    index: Tensor
    split: str = 'test'

    def __len__(self) -> int:
        return len(self.index)


@dataclass(frozen=True, slots=True)
class Batch:
    """Where the images of one batch are from.

    Args:
        segment: Number of each image's segment, shape ``(B,)``.
        place: Position of each image in its segment, shape ``(B,)``.
        anew: Whether methods begin anew before this batch.
    """

    segment: Tensor
    place: Tensor
    anew: bool = False

    def __len__(self) -> int:
        return len(self.place)


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a method sees of a batch: there is no place for a label, nor for the segment.

    Args:
        images: As they are stored, shape ``(B, ...)``.
        anew: Whether the method begins anew before it.
    """

    images: Tensor
    anew: bool


@dataclass(frozen=True, slots=True)
class Stream:
    """Batches in the order in which they come.

    Args:
        segments: Whose images they hold.
        batches: Every image of every segment once.
        protocol: What reports call the order; a key of ``PROTOCOLS`` where ``arranged`` made it.

    Raises:
        ValueError: A segment has the name of another, or that of the whole stream.
    """

    segments: tuple[Segment, ...]
    batches: tuple[Batch, ...]
    protocol: str = 'own'

    def __post_init__(self) -> None:
        """Check that figures have names of their own."""
        names = [WHOLE, *(each.name for each in self.segments)]
        check(
            len(set(names)) == len(names),
            f'expected segments of different names, none of them {WHOLE!r}, got {", ".join(names[1:])}',
        )

    def __len__(self) -> int:
        return sum(map(len, self.batches))

    def prepare(self) -> None:
        """Put the domains on disk, so that no pass waits for it."""
        for each in self.segments:
            each.target.prepare()

    def incoming(self) -> Iterator[Incoming]:
        """Yield the batches as methods see them."""
        held = [each.target.images(each.split) for each in self.segments]
        for batch in self.batches:
            places = zip(batch.segment.tolist(), batch.place.tolist(), strict=True)
            index = torch.stack([self.segments[segment].index[place] for segment, place in places])
            images = torch.empty((len(batch), *held[0].shape[1:]), dtype=held[0].dtype)
            for segment in set(batch.segment.tolist()):
                here = batch.segment == segment
                images[here] = held[segment][index[here]]
            yield Incoming(images, batch.anew)
