"""Random numbers for a batch of pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True, slots=True)
class RandomBatch:
    """Draws one number per picture, shape ``(B, 1, 1, 1)`` unless said otherwise.

    Args:
        generator: Where the numbers come from.
        count: Pictures in the batch.
    """

    generator: np.random.Generator
    count: int

    def uniform(self, low: float, high: float, channels: int = 1) -> Tensor:
        """Return numbers between ``low`` and ``high``, shape ``(B, channels, 1, 1)``."""
        return _tensor(self.generator.uniform(low, high, (self.count, channels, 1, 1)))

    def normal(self, mean: float, deviation: float, channels: int = 1) -> Tensor:
        """Return normal numbers, shape ``(B, channels, 1, 1)``."""
        return _tensor(self.generator.normal(mean, deviation, (self.count, channels, 1, 1)))

    def coin(self, chance: float) -> Tensor:
        """Return 1 with this probability and otherwise 0."""
        return _tensor(self.generator.uniform(size=(self.count, 1, 1, 1)) < chance)

    def noise(self, channels: int, size: int) -> Tensor:
        """Return standard normal noise, shape ``(B, channels, size, size)``."""
        shape = (self.count, channels, size, size)
        return torch.from_numpy(self.generator.standard_normal(shape, dtype=np.float32))

    def clouds(self, coarse: int, size: int) -> Tensor:
        """Return smooth noise of deviation about 1 with ``coarse`` bumps per side, shape ``(B, 1, size, size)``."""
        return 1.4 * F.interpolate(self.noise(1, coarse), size=(size, size), mode='bilinear')

    def choose(self, options: Tensor) -> Tensor:
        """Return one row of ``options``, shape ``(K, 3)``, per picture, shape ``(B, 3, 1, 1)``."""
        return options[torch.from_numpy(self.generator.integers(len(options), size=self.count))][
            ..., None, None
        ]

    def between(self, options: Tensor) -> Tensor:
        """Return a random mixture of the rows of ``options``, shape ``(B, 3, 1, 1)``."""
        weights = _tensor(self.generator.dirichlet(np.full(len(options), 0.7), self.count))
        return (weights @ options)[..., None, None]


def _tensor(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Tensor:
    return torch.from_numpy(values).float()
