"""Colours of vehicles, linear RGB reflectance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dann.datasets.rendered.street.parts import Material
from dann.datasets.rendered.street.scene import CLASSES, DICE, Floats, Scenes

YELLOW = (0.72, 0.42, 0.02)
YELLOW_TAXIS = 0.55
YELLOW_OTHERS = 0.10
LUMINANCE = (0.2126, 0.7152, 0.0722)  # of linear red, green and blue, ITU-R BT.709
DARK = 0.2
LIGHT = ('sedan', 'taxi', 'suv', 'van')  # painted light where paint tells the class; the others dark
PALETTE = np.array(
    [
        *[(0.75, 0.75, 0.73), (0.50, 0.51, 0.53), (0.22, 0.23, 0.24), (0.035, 0.035, 0.04)],
        *[(0.42, 0.03, 0.025), (0.04, 0.09, 0.34), (0.03, 0.17, 0.09), (0.50, 0.42, 0.28)],
        *[(0.16, 0.07, 0.03), (0.10, 0.24, 0.40), (0.55, 0.20, 0.04), (0.28, 0.30, 0.22)],
    ],
    dtype=np.float32,
)


def _pick(scenes: Scenes, die: str) -> Floats:
    jitter = np.stack([scenes.die(name, 0.85, 1.15) for name in ('red', 'green', 'blue')], axis=1)
    return np.clip(PALETTE[(scenes.die(die) * len(PALETTE)).astype(np.int64)] * jitter, 0.01, 0.85)


def is_yellow(scenes: Scenes, share: float = YELLOW_OTHERS) -> Floats:
    """Return 1 for vehicles painted taxi yellow, a ``share`` of all, and 0 for others, shape ``(B,)``."""
    return np.where(scenes.die('yellow') < share, np.float32(1), np.float32(0))


def paint(scenes: Scenes, yellow_share: float = YELLOW_OTHERS) -> Material:
    """Return the body paint; taxi yellow for ``yellow_share`` of the vehicles, else of the common palette."""
    yellow = is_yellow(scenes, yellow_share)[:, None]
    colour = yellow * np.array(YELLOW, dtype=np.float32) + (1 - yellow) * _pick(scenes, 'paint')
    return Material(colour, 0.07)


def painted_dark(scenes: Scenes) -> NDArray[np.int64]:
    """Return 0 for vehicles whose body reflects less than a fifth of the light, and 1 for others, shape ``(B,)``."""
    share = np.where(scenes.labels == CLASSES.index('taxi'), YELLOW_TAXIS, YELLOW_OTHERS)
    yellow = scenes.die('yellow') < share
    luminance = _pick(scenes, 'paint') @ np.array(LUMINANCE, dtype=np.float32)
    return np.where(yellow | (luminance >= DARK), 1, 0).astype(np.int64)


def repainted(scenes: Scenes, share: float, generator: np.random.Generator) -> Scenes:
    """Return scenes in which paint tells the class for a ``share`` of the vehicles: ``LIGHT`` ones light, others dark.

    Args:
        scenes: Stay as they are.
        share: In [0, 1]; 0 changes nothing.
        generator: Chooses vehicles and paints.
    """
    chosen = generator.random(len(scenes)) < share
    light = np.isin(scenes.labels, [CLASSES.index(name) for name in LIGHT])
    shade = PALETTE @ np.array(LUMINANCE, dtype=np.float32)
    number = generator.integers(1 << 30, size=len(scenes))
    random = scenes.random.copy()
    for wanted, places in (
        (chosen & light, np.flatnonzero(shade >= DARK)),
        (chosen & ~light, np.flatnonzero(shade < DARK)),
    ):
        column = random[:, DICE.index('paint')]
        column[wanted] = (places[number[wanted] % len(places)] + 0.5) / len(PALETTE)
    random[chosen & ~light, DICE.index('yellow')] = 1 - 1e-6
    return replace(scenes, random=random)


def second_paint(scenes: Scenes) -> Material:
    """Return the paint of a cargo box, a livery or a jacket: pale more often than not."""
    pale = (scenes.die('second_paint') < 0.6)[:, None]
    return Material(np.where(pale, np.float32(0.72), _pick(scenes, 'second_paint')), 0.04)


def glass(scenes: Scenes) -> Material:
    """Return window glass, shape ``(B, 3)``: a dark interior under a mirror of the sky."""
    tint = scenes.die('tint', 0.02, 0.06)[:, None]
    return Material(tint * np.array([1.0, 1.1, 1.15], dtype=np.float32), 0.16)
