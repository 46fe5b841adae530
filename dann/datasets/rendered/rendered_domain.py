"""Domains drawn by code, as many samples of each class as of the others."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dann.core.errors import check
from dann.datasets.base import SPLITS
from dann.datasets.storage.stored_domain import Samples, StoredDomain


class RenderedDomain(StoredDomain):
    """A domain of which every split is drawn from its own random stream; a subclass writes ``render``.

    Args:
        seed: Of the drawing.
        size: Height and width in pixels, from 16 to 64.
        train: Samples in the training split.
        val: Samples in the validation split.
        test: Samples in the test split.
        root: Folder for the files; ``$DANN_CACHE`` or ``~/.cache/dann`` when ``None``.
    """

    def __init__(
        self,
        seed: int = 0,
        size: int = 32,
        train: int = 20000,
        val: int = 2000,
        test: int = 2000,
        root: str | None = None,
    ) -> None:
        super().__init__(root)
        check(seed >= 0, f'expected `seed` of at least 0, got {seed}')
        check(16 <= size <= 64, f'expected `size` from 16 to 64, got {size}')
        self.counts = {'train': train, 'val': val, 'test': test}
        for split, count in self.counts.items():
            check(count >= 1, f'expected `{split}` of at least 1, got {count}')
        self.seed, self.size = seed, size

    @abstractmethod
    def render(self, labels: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.uint8]:
        """Return pictures of these classes, shape ``(N, 3, size, size)``."""

    def options(self) -> dict[str, Any]:
        """Return seed, size and counts."""
        return {'seed': self.seed, 'size': self.size, **self.counts}

    def make(self) -> dict[str, Samples]:
        """Draw every split from its own random stream."""
        return {
            split: self._split(split, np.random.default_rng([self.seed, stream]))
            for stream, split in enumerate(SPLITS)
        }

    def _split(self, split: str, generator: np.random.Generator) -> Samples:
        count = self.counts[split]
        labels = generator.permutation(np.arange(count, dtype=np.int64) % len(self.classes))
        ids = np.array([f'{self.name}/{self.seed}/{split}/{number:06d}' for number in range(count)])
        return Samples(self.render(labels, generator), labels, ids)
