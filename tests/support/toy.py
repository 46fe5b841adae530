"""A domain pair that draws and trains in a moment: coloured squares, brighter and noisier in domain b."""

from __future__ import annotations

from typing import Any

import numpy as np

from dann.datasets.storage.stored_domain import Samples, StoredDomain


class Toy(StoredDomain):
    """Three classes of 3x8x8 images, told apart by which channel is bright."""

    classes = ('red', 'green', 'blue')

    def __init__(
        self,
        domain: str = 'a',
        seed: int = 0,
        train: int = 48,
        val: int = 12,
        test: int = 12,
        root: str | None = None,
        groups: tuple[str, ...] = (),
    ) -> None:
        super().__init__(root)
        self.grouped_by = groups
        self.domain, self.seed = domain, seed
        self.counts = {'train': train, 'val': val, 'test': test}
        self.name = f'toy/{domain}'

    def options(self) -> dict[str, Any]:
        facts = {'domain': self.domain, 'seed': self.seed, 'counts': self.counts}
        return facts | ({'groups': list(self.grouped_by)} if self.grouped_by else {})

    @property
    def group_names(self) -> tuple[str, ...]:
        return self.grouped_by

    def make(self) -> dict[str, Samples]:
        rng = np.random.default_rng([self.seed, ord(self.domain)])
        return {split: self._draw(split, count, rng) for split, count in self.counts.items()}

    def _draw(self, split: str, count: int, rng: np.random.Generator) -> Samples:
        labels = rng.permutation(np.arange(count, dtype=np.int64) % 3)
        base, spread = (60, 20) if self.domain == 'a' else (110, 50)
        images = rng.normal(base, spread, (count, 3, 8, 8))
        images[np.arange(count), labels] += 60
        ids = np.array([f'{self.name}/{split}/{number}' for number in range(count)])
        groups = np.arange(count, dtype=np.int64) // 3 % len(self.grouped_by) if self.grouped_by else None
        return Samples(images.clip(0, 255).astype(np.uint8), labels, ids, groups=groups)
