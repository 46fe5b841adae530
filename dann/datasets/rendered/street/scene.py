"""What a scene is: a class and a row of random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Number = float | Floats

CLASSES = ('sedan', 'taxi', 'suv', 'van', 'pickup', 'truck', 'bus', 'motorcycle')

# Length, width, height in metres, and the relative spread of each.
SIZES = {
    'sedan': ((4.6, 1.8, 1.46), 0.06),
    'taxi': ((4.6, 1.8, 1.46), 0.06),
    'suv': ((4.6, 1.9, 1.84), 0.05),
    'van': ((5.1, 2.0, 2.25), 0.07),
    'pickup': ((5.2, 1.95, 1.92), 0.05),
    'truck': ((7.4, 2.4, 3.3), 0.07),
    'bus': ((10.5, 2.5, 3.1), 0.08),
    'motorcycle': ((2.15, 0.75, 1.65), 0.05),
}

DICE = (
    *('heading', 'bearing', 'slew', 'elevation', 'distance', 'fill', 'across', 'upwards', 'roll'),
    *('length', 'width', 'height', 'nose', 'tail', 'variant', 'wheel', 'rim', 'tint', 'sign'),
    *('yellow', 'paint', 'red', 'green', 'blue', 'second_paint'),
    *(
        'road',
        'lane',
        'kerb',
        'setback',
        'bay',
        'storey',
        'wall',
        'house',
        'tree',
        'tree_place',
        'post_place',
    ),
    *('sun_azimuth', 'sun_height', 'cloud', 'dusk'),
    *('lamp_colour', 'lamp_near', 'lamp_near_place', 'lamp_far', 'households', 'beam'),
    *('metering', 'balance_red', 'balance_blue', 'focus', 'motion'),
)


@dataclass(frozen=True, slots=True)
class Scenes:
    """A batch of street scenes, whatever light falls on them.

    A scene is its class and one uniform number per property of the vehicle, the street, the light and the
    camera; everything else is a function of them, so a scene rendered by day and by night is the same scene.

    Args:
        labels: Indices into ``CLASSES``, shape ``(B,)``.
        random: Uniform numbers in [0, 1), one column per name in ``DICE``, float32, shape ``(B, len(DICE))``.
        seeds: Seed of a scene's lit windows and of its sensor noise, uint32, shape ``(B,)``.
    """

    labels: NDArray[np.int64]
    random: NDArray[np.float32]
    seeds: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: slice | NDArray[np.int64]) -> Scenes:
        return Scenes(self.labels[index], self.random[index], self.seeds[index])

    def die(self, name: str, low: float = 0.0, high: float = 1.0) -> Floats:
        """Return one property, uniform in ``[low, high)``, shape ``(B,)``."""
        return low + (high - low) * self.random[:, DICE.index(name)]

    def dimensions(self) -> Floats:
        """Return length, width and height of the vehicles in metres, shape ``(B, 3)``."""
        table = np.array([SIZES[name][0] for name in CLASSES], dtype=np.float32)
        spread = np.array([SIZES[name][1] for name in CLASSES], dtype=np.float32)[self.labels]
        jitter = [1 + spread * self.die(name, -1, 1) for name in ('length', 'width', 'height')]
        return table[self.labels] * np.stack(jitter, axis=1)

    def facing(self) -> Floats:
        """Return +1 for a vehicle that heads right and -1 for one that heads left, shape ``(B,)``."""
        return np.where(self.die('heading') < 0.5, np.float32(-1), np.float32(1))


def sample(labels: NDArray[np.int64], generator: np.random.Generator) -> Scenes:
    """Return one random scene for each of ``labels``, shape ``(B,)``."""
    random = generator.random((len(labels), len(DICE)), dtype=np.float32)
    return Scenes(labels, random, generator.integers(2**32, size=len(labels), dtype=np.uint32))


def balanced(count: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Return ``count`` shuffled labels whose classes differ in number by at most one."""
    return generator.permutation(np.arange(count, dtype=np.int64) % len(CLASSES))
