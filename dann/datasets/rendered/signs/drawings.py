"""The 43 signs as drawings."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from dann.datasets.rendered.signs import arrows, numerals, plates, vehicles
from dann.datasets.rendered.signs import pictograms as pictograms
from dann.datasets.rendered.signs.classes import SIGNS
from dann.datasets.rendered.signs.pen import FINE, Ink, Pen

Plate = Callable[[Pen], None]
Symbol = Callable[[Pen], None]

LIMITS = ('20', '30', '50', '60', '70', '80', '100', '120')
NUMERALS = (numerals.number, numerals.typeset)
WARNINGS: dict[str, Symbol] = {
    'priority at next intersection': arrows.crossing,
    'danger': pictograms.danger,
    'bend right': arrows.bend_right,
    'double bend': arrows.double_bend,
    'uneven road': arrows.uneven,
    'slippery road': vehicles.skidding_car,
    'road narrows': arrows.narrows,
    'road works': lambda pen: pictograms.digger(pen.at(0, 0.04, 0.95)),
    'traffic signals': lambda pen: pictograms.lights(pen.at(0, 0.05, 0.92)),
    'pedestrians': lambda pen: pictograms.walker(pen.at(0, 0.05, 0.93)),
    'children': pictograms.children,
    'bicycles': lambda pen: vehicles.bicycle(pen.at(0, 0.3, 0.48)),
    'snow': pictograms.snowflake,
    'wild animals': lambda pen: pictograms.deer(pen.at(0.02, 0.06, 0.95)),
}
PROHIBITIONS: dict[str, Symbol] = {
    'no overtaking': lambda pen: vehicles.two_cars(pen, Ink.RED, Ink.BLACK),
    'no overtaking by trucks': lambda pen: vehicles.truck_and_car(pen, Ink.RED, Ink.BLACK),
    'no vehicles': plates.bare,
    'no trucks': lambda pen: vehicles.truck(pen.at(0, 0, 0.6)),
}
MANDATES: dict[str, Symbol] = {
    'turn right': arrows.turn_right,
    'ahead only': arrows.ahead,
    'ahead or right': arrows.ahead_or_right,
    'keep right': arrows.keep_right,
    'roundabout': arrows.roundabout,
}
ENDINGS: dict[str, Symbol] = {
    'end of all limits': plates.bare,
    'end of no overtaking': lambda pen: vehicles.two_cars(pen.at(scale=1.2), Ink.GREY, Ink.GREY),
    'end of no overtaking by trucks': lambda pen: vehicles.truck_and_car(
        pen.at(scale=1.15), Ink.GREY, Ink.GREY
    ),
}
WHOLE: dict[str, Plate] = {
    'priority road': plates.priority,
    'yield': plates.giving_way,
    'stop': plates.halt,
    'no entry': plates.no_entry,
}
MIRRORED = {
    'bend left': 'bend right',
    'turn left': 'turn right',
    'ahead or left': 'ahead or right',
    'keep left': 'keep right',
}


def draw(name: str, variant: int = 0) -> Tensor:
    """Return the share of each pixel that each ink covers, shape ``(7, RESOLUTION, RESOLUTION)`` in [0, 1].

    Args:
        name: One of ``SIGNS``.
        variant: Numbers in strokes (0) or in DejaVu Sans Bold (1); without effect on other signs.
    """
    if name in MIRRORED:
        return draw(MIRRORED[name], variant).flip(2)
    pen = Pen()
    _paint(pen, name, variant)
    inks = torch.from_numpy(np.array(pen.image)).long()
    covers = F.one_hot(inks, len(Ink))[..., 1:].permute(2, 0, 1).float()
    return F.avg_pool2d(covers, FINE)


def _paint(pen: Pen, name: str, variant: int) -> None:
    write = NUMERALS[variant]
    if name in WHOLE:
        WHOLE[name](pen)
    for plate, symbols in (
        (plates.warning, WARNINGS),
        (plates.prohibition, PROHIBITIONS),
        (plates.mandate, MANDATES),
        (plates.ending, ENDINGS),
    ):
        if name in symbols:
            plate(pen)
            symbols[name](pen)
    digits = name.rpartition(' ')[2]
    if name.startswith('speed limit'):
        plates.prohibition(pen)
        write(pen, digits)
    if name.startswith('end of speed limit'):
        plates.ending(pen)
        write(pen.at(scale=1.3), digits, Ink.GREY)
    if name.startswith('end'):
        plates.crossed_out(pen)


@lru_cache(maxsize=1)
def drawings() -> Tensor:
    """All signs, shape ``(variants, 43, 7, RESOLUTION, RESOLUTION)``."""
    return torch.stack(
        [torch.stack([draw(name, variant) for name in SIGNS]) for variant in range(len(NUMERALS))]
    )
