"""Three Gaussian classes, separable in either domain, which the target shifts towards each other's places."""

from __future__ import annotations

from typing import Any

import numpy as np

from dann.datasets.storage.stored_domain import Samples, StoredDomain


class Gaussians(StoredDomain):
    """Three classes of vectors, whose means are the corners of a triangle; domain b is the same triangle, shifted.

    Within a domain classes are further apart than eight deviations.
    """

    classes = ('one', 'two', 'three')

    def __init__(self, domain: str = 'a', seed: int = 0, shift: float = 1.5, root: str | None = None) -> None:
        super().__init__(root)
        self.domain, self.seed, self.shift = domain, seed, shift
        self.name = f'gaussians/{domain}'

    def options(self) -> dict[str, Any]:
        return {'domain': self.domain, 'seed': self.seed, 'shift': self.shift}

    def make(self) -> dict[str, Samples]:
        rng = np.random.default_rng([self.seed, ord(self.domain)])
        return {
            split: self._draw(split, count, rng)
            for split, count in [('train', 300), ('val', 60), ('test', 300)]
        }

    def _draw(self, split: str, count: int, rng: np.random.Generator) -> Samples:
        labels = rng.permutation(np.arange(count, dtype=np.int64) % 3)
        angle = 2 * np.pi * labels / 3
        means = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        moved = self.shift * np.array([np.cos(2.0), np.sin(2.0)]) if self.domain == 'b' else 0
        x = rng.normal(means + moved, 0.4)
        ids = np.array([f'{self.name}/{split}/{number}' for number in range(count)])
        return Samples(x.astype(np.float32), labels, ids)
