"""Segments of the built-in night, from dusk to street lamps only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch

from dann.core.errors import UserError, check
from dann.datasets.rendered.street.dataset import Street
from dann.transfer.online.stream import Segment

ABRUPT = (0.7, 0.0, 1.0, 0.3)
SEVERITIES: Mapping[str, tuple[float, ...]] = {
    'one': (0.7,),
    'continual': ABRUPT,
    'gradual': tuple(step / 10 for step in range(11)),
    'mixed': ABRUPT,
    'reset': ABRUPT,
}
STREAMS = 1000  # seeds of streets that the segments of one stream may take
SOURCE = STREAMS - 1


def nights(
    protocol: str, *, images: int, size: int, seed: int = 0, severities: Sequence[float] | None = None
) -> list[Segment]:
    """Return segments of street scenes by night, every one of scenes of its own.

    Args:
        protocol: Whose severities are taken where none are given.
        images: Of all segments together.
        size: Pixels per side.
        seed: Of the stream: no two have a scene in common, nor has the pair that a benchmark trains on by default.
        severities: From 0 (dusk) to 1, in the order in which they come.

    Raises:
        UserError: Severities of the protocol ``gradual`` that do not rise.
    """
    chosen = SEVERITIES[protocol] if severities is None else tuple(severities)
    if protocol == 'gradual' and any(later <= before for before, later in pairwise(chosen)):
        raise UserError(
            f'the protocol gradual goes from dusk to night, got the severities {", ".join(map(str, chosen))}; '
            'name them in rising order, or take the protocol continual'
        )
    check(len(chosen) < SOURCE, f'expected fewer than {SOURCE} severities, got {len(chosen)}')
    each = images // len(chosen)
    check(each >= 2, f'expected at least {2 * len(chosen)} images, got {images}; two for each severity')
    return [
        Segment(
            f'severity {severity:g}', _street('night', number, each, size, seed, severity), torch.arange(each)
        )
        for number, severity in enumerate(chosen)
    ]


def by_day(*, images: int, size: int, seed: int = 0) -> torch.Tensor:
    """Return street scenes by day, which are the source, uint8, shape ``(images, 3, size, size)``."""
    return _street('day', SOURCE, images, size, seed).images('test')


def _street(domain: str, number: int, images: int, size: int, seed: int, severity: float = 0.7) -> Street:
    taken = STREAMS * (seed + 1) + number
    # train and val are not read: as few as there can be
    return Street(domain, severity, taken, size, train=1, val=1, test=images)  # type: ignore[arg-type]
