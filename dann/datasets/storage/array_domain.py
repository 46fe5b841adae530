"""Data sets that are published as arrays with a training and a test part."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dann.core.errors import UserError, check
from dann.datasets.storage.array_files import Layout, Part
from dann.datasets.storage.public import MissingDataError, PublicDomain, held_out, resized
from dann.datasets.storage.stored_domain import Samples


class ArrayDomain(PublicDomain):
    """A data set of arrays; a subclass says in which layouts it is published.

    The validation split is drawn at random from the published training part; the test split is the published
    one.

    Args:
        size: Height and width in pixels, resized bilinearly from what is published.
        val: Samples of the validation split.
        train: Samples of the training split, drawn at random from what is left; ``None`` for all of it.
        seed: Of both draws.
        root: Folder of the files; ``None`` for ``$DANN_DATA`` or the cache.
        download: Fetch the files where they are missing.
    """

    channels: ClassVar[int] = 3

    def __init__(
        self,
        size: int,
        val: int,
        train: int | None = None,
        seed: int = 0,
        root: str | None = None,
        *,
        download: bool = False,
    ) -> None:
        super().__init__(root, download=download)
        check(size > 0, f'expected `size` above 0, got {size}')
        check(seed >= 0, f'expected `seed` of at least 0, got {seed}')
        check(train is None or train > 0, f'expected `train` above 0, got {train}')
        self.size, self.val, self.train, self.seed = size, val, train, seed

    @property
    @abstractmethod
    def layouts(self) -> tuple[Layout, ...]:
        """In what layouts it is published, in the order in which they are looked for."""

    def published(self) -> tuple[tuple[Layout, ...], Mapping[str, int]]:
        """Return the layouts that are looked for, in order, and the published number of images by part."""
        return self.layouts, self.sizes

    def fingerprint(self) -> dict[str, str]:
        """Return the sha256 of each published file by name."""
        return {path.name: self.checksum(path) for path in self.found()[1]}

    def found(self) -> tuple[Layout, list[Path]]:
        """Return the first layout that is on disk, and its files; fetch them if that was asked for.

        Raises:
            MissingDataError: None is; says how the files must lie.
        """
        for place in self.places:
            for layout in self.published()[0]:
                if paths := layout.find(place):
                    return layout, paths
        if self.fetched():
            return self.found()
        raise MissingDataError(self.missing())

    def parts(self) -> tuple[Part, Part]:
        """Read the published training and test part.

        Raises:
            UserError: A file is damaged, or is another one.
        """
        layout, paths = self.found()
        try:
            train, test = layout.read(paths)
            self._refuse_other_labels(train)
            self._refuse_other_labels(test)
        except Exception as error:
            # a damaged file may fail in any way of its decoder
            names = ', '.join(path.name for path in paths)
            msg = (
                f'cannot read {self.title} in {paths[0].parent} ({names}: {" ".join(str(error).split())}); '
                f'replace the files by the published ones ({self.homepage})'
            )
            raise UserError(msg) from error
        sizes = self.published()[1]
        self.counted('training', len(train.labels), sizes['train'])
        self.counted('test', len(test.labels), sizes['test'])
        return train, test

    def _refuse_other_labels(self, part: Part) -> None:
        known = np.isin(part.labels, np.arange(len(self.classes)))
        check(
            bool(known.all()),
            f'expected labels from 0 to {len(self.classes) - 1}, got {part.labels[~known][:1]}',
        )

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
