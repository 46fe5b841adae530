"""Segments of the built-in night, from dusk to street lamps only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch

from dann.core.errors import UserError, check
from dann.datasets.rendered.street.dataset import Street
from dann.transfer.online.protocols import protocol
from dann.transfer.online.stream import Segment

ABRUPT = (0.7, 0.0, 1.0, 0.3)
SEVERITIES: Mapping[str, tuple[float, ...]] = {  # of the protocols whose segments are not those of ``ABRUPT``
    'one': (0.7,),
    'gradual': tuple(step / 10 for step in range(11)),
}
STREAMS = 1000  # seeds of streets that the segments of one stream may take
SOURCE = STREAMS - 1


def nights(
    name: str,
    *,
    images: int,
    like: Street | None = None,
    seed: int = 0,
    severities: Sequence[float] | None = None,
) -> list[Segment]:
    """Return segments of street scenes by night, every one of scenes of its own.

    Args:
        name: Of the protocol whose severities are taken where none are given.
        images: Of all segments together.
        like: The night whose options each has but for severity, seed and counts; the built-in one where there is none.
        seed: Of the stream: no two have a scene in common, nor has ``like``.
        severities: From 0 (dusk) to 1, in the order in which they come.

    Raises:
        UserError: No such protocol, or severities of the protocol ``gradual`` that do not rise.
    """
    protocol(name)
    chosen = SEVERITIES.get(name, ABRUPT) if severities is None else tuple(severities)
    if name == 'gradual' and any(later <= before for before, later in pairwise(chosen)):
        raise UserError(
            f'the protocol gradual goes from dusk to night, got the severities {", ".join(map(str, chosen))}; '
            'name them in rising order, or take the protocol continual'
        )
    check(0 < len(chosen) < SOURCE, f'expected from 1 to {SOURCE - 1} severities, got {len(chosen)}')
    each = images // len(chosen)
    check(each >= 2, f'expected at least {2 * len(chosen)} images, got {images}; two for each severity')
    night = Street('night') if like is None else like
    return [
        Segment(
            f'severity {severity:g}',
            _copy(night, number, each, seed, severity=severity),
            torch.arange(each),
        )
        for number, severity in enumerate(chosen)
    ]


def unseen(like: Street, *, images: int, seed: int = 0) -> torch.Tensor:
    """Return street scenes that are in no split of ``like``, uint8, shape ``(images, 3, size, size)``."""
    return _copy(like, SOURCE, images, seed).images('test')


def _copy(like: Street, number: int, images: int, seed: int, **changes: float) -> Street:
    # train and val are not read: as few as there can be
    counts = {'train': 1, 'val': 1, 'test': images}
    taken = STREAMS * (seed + 1) + number
    given = {'root': str(like.root), **like.options(), **counts, 'seed': like.seed + taken}
    return type(like)(**given | changes)
