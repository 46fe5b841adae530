"""Data sets that are published as arrays with a training and a test part."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dann.datasets.public import PublicDomain, held_out, resized
from dann.datasets.stored import Samples
from dann.errors import check


@dataclass(frozen=True, slots=True)
class Part:
    """The training or the test part as published.

    Args:
        images: uint8, shape ``(N, H, W)`` or ``(N, H, W, C)``.
        labels: Classes, shape ``(N,)``.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    @property
    def channels_first(self) -> NDArray[np.uint8]:
        """Images of shape ``(N, C, H, W)``."""
        return self.images[:, None] if self.images.ndim == 3 else np.moveaxis(self.images, 3, 1)


class ArrayDomain(PublicDomain):
    """A data set of arrays; a subclass reads the two parts.

    The validation split is drawn at random from the published training part; the test split is the published
    one.

    Args:
        size: Height and width in pixels, resized bilinearly from what is published.
        val: Samples of the validation split.
        train: Samples of the training split, drawn at random from what is left; ``None`` for all of it.
        seed: Of both draws.
        root: Folder of the files; ``None`` for ``$DANN_DATA`` or the cache.
    """

    channels: ClassVar[int] = 3

    def __init__(
        self, size: int, val: int, train: int | None = None, seed: int = 0, root: str | None = None
    ) -> None:
        super().__init__(root)
        check(size > 0, f'expected `size` above 0, got {size}')
        check(seed >= 0, f'expected `seed` of at least 0, got {seed}')
        check(train is None or train > 0, f'expected `train` above 0, got {train}')
        self.size, self.val, self.train, self.seed = size, val, train, seed

    @abstractmethod
    def fingerprint(self) -> dict[str, str]:
        """Return the sha256 of each published file by name."""

    @abstractmethod
    def parts(self) -> tuple[Part, Part]:
        """Return the published training and test part."""

    def options(self) -> dict[str, Any]:
        """Return size, split and the published files' checksums."""
        asked = {'size': self.size, 'val': self.val, 'train': self.train, 'seed': self.seed}
        return asked | {'files': self.fingerprint()}

    def make(self) -> dict[str, Samples]:
        """Split the published parts."""
        train, test = self.parts()
        stay, val = held_out(len(train.labels), self.val, self.seed)
        if self.train is not None:
            check(self.train <= len(stay), f'expected `train` of at most {len(stay)}, got {self.train}')
            stay = np.sort(np.random.default_rng([self.seed, 1]).permutation(stay)[: self.train])
        return {
            'train': self._samples(train, stay, 'train'),
            'val': self._samples(train, val, 'train'),
            'test': self._samples(test, np.arange(len(test.labels)), 'test'),
        }

    def _samples(self, part: Part, chosen: NDArray[np.int64], name: str) -> Samples:
        images = resized(np.ascontiguousarray(part.channels_first[chosen]), self.size)
        ids = np.array([f'{self.name}/{name}/{number:06d}' for number in chosen])
        return Samples(images, part.labels[chosen].astype(np.int64), ids)

    def images(self, split: str) -> Tensor:
        """Return uint8 images, shape ``(N, 3, H, W)``; grey ones share their pixels between the channels."""
        return super().images(split).expand(-1, self.channels, -1, -1)
