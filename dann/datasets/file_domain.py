"""Data sets that are published as image files."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dann.datasets.base import SPLITS
from dann.datasets.public import PublicDomain
from dann.datasets.stored import Samples
from dann.errors import UserError, check


@dataclass(frozen=True, slots=True)
class Item:
    """One image of a data set.

    Args:
        path: The file.
        label: Name of its class.
        split: ``train``, ``val`` or ``test`` as published; ``None`` where it is to be drawn.
    """

    path: Path
    label: str
    split: str | None = None


class FileDomain(PublicDomain):
    """A domain of image files; a subclass lists them without opening one.

    Args:
        size: Height and width in pixels to which each image is brought.
        val: Share of the images without a published split that form the validation split.
        test: The same for the test split.
        seed: Of the split.
        root: Folder of the files; ``None`` for ``$DANN_DATA`` or the cache.
    """

    def __init__(
        self,
        size: int = 64,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
        root: str | None = None,
    ) -> None:
        super().__init__(root)
        check(size > 0, f'expected `size` above 0, got {size}')
        check(
            min(val, test) > 0 and val + test < 1,
            f'expected shares above 0 and below 1, got {val} and {test}',
        )
        self.size, self.val, self.test, self.seed = size, val, test, seed
        self._items: list[Item] | None = None

    @abstractmethod
    def listing(self) -> list[Item]:
        """Return every image of the domain, in an order that does not depend on the machine."""

    @property
    def items(self) -> list[Item]:
        """The listing, made once."""
        if self._items is None:
            self._items = self.listing()
        return self._items

    def options(self) -> dict[str, Any]:
        """Return size, split and a hash over names and sizes of the files."""
        names = ''.join(
            f'{item.path} {item.path.stat().st_size} {item.label} {item.split}\n' for item in self.items
        )
        asked = {'size': self.size, 'val': self.val, 'test': self.test, 'seed': self.seed}
        return asked | {'files': hashlib.sha256(names.encode()).hexdigest()}

    def make(self) -> dict[str, Samples]:
        """Decode every image."""
        splits = self._splits()
        return {split: self._samples([self.items[index] for index in splits[split]]) for split in SPLITS}

    def _splits(self) -> dict[str, list[int]]:
        """Positions by split: as published, and the rest drawn at random."""
        found: dict[str, list[int]] = {split: [] for split in SPLITS}
        rest: list[int] = []
        for index, item in enumerate(self.items):
            (found[item.split] if item.split else rest).append(index)
        order = np.random.default_rng(self.seed).permutation(rest).astype(int).tolist()
        val, test = round(self.val * len(rest)), round(self.test * len(rest))
        for split, part in zip(
            SPLITS, (order[val + test :], order[:val], order[val : val + test]), strict=True
        ):
            found[split] = sorted([*found[split], *part])
        return found

    def _samples(self, items: Sequence[Item]) -> Samples:
        number = {name: index for index, name in enumerate(self.classes)}
        images = np.empty((len(items), 3, self.size, self.size), np.uint8)
        for index, item in enumerate(items):
            images[index] = decoded(item.path, self.size)
        labels = np.array([number[item.label] for item in items], np.int64)
        ids = np.array([f'{self.name}/{self.checksum(item.path)[:16]}' for item in items])
        return Samples(images, labels, ids)


def decoded(path: Path, size: int) -> NDArray[np.uint8]:
    """Return one image, shape ``(3, size, size)``.

    Raises:
        UserError: The file is no image that can be read.
    """
    try:
        with Image.open(path) as image:
            scaled = image.convert('RGB').resize((size, size), Image.Resampling.BILINEAR)
    except (OSError, SyntaxError, ValueError) as error:
        raise UserError(f'cannot read image {path} ({error}); mend or remove it') from error
    return np.moveaxis(np.asarray(scaled), 2, 0)
