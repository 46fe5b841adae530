"""Domains wrapped so that they answer with one thing changed; the domain inside stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dann.datasets.base import DomainDataset
from dann.datasets.images import Images, chosen

Positions = Mapping[str, Tensor]


class WrappedDomain(DomainDataset):
    """Answers as the domain inside does. A subclass changes some of the answers.

    Attributes that only the class of the inner domain has, such as the folder of a stored one, are found as well.

    Args:
        inner: The domain.
    """

    def __init__(self, inner: DomainDataset) -> None:
        self.inner = inner
        self.name, self.classes = inner.name, inner.classes

    def __getattr__(self, name: str) -> Any:
        if name == 'inner':  # a copy that is being made has none yet
            raise AttributeError(name)
        return getattr(self.inner, name)

    @property
    def metric(self) -> Any:  # type: ignore[override]
        """What published figures count."""
        return self.inner.metric

    @property
    def labelled(self) -> bool:
        """Whether the samples have labels."""
        return self.inner.labelled

    @property
    def advice(self) -> str:
        """The next step that an error about the data ends with."""
        return self.inner.advice

    def prepare(self) -> None:
        """Put the domain on disk."""
        self.inner.prepare()

    def images(self, split: str) -> Images:
        """Return the images of a split."""
        return self.inner.images(split)

    def labels(self, split: str) -> Tensor:
        """Return the classes of a split."""
        return self.inner.labels(split)

    def ids(self, split: str) -> list[str]:
        """Return the ids of a split."""
        return self.inner.ids(split)

    def names(self, split: str) -> list[str]:
        """Return the names of a split's samples."""
        return self.inner.names(split)

    def contact_sheet(self) -> dict[str, NDArray[np.uint8]]:
        """Return the domain's example images."""
        return self.inner.contact_sheet()

    def manifest(self) -> dict[str, Any]:
        """Return the domain's manifest."""
        return self.inner.manifest()


class Excerpt(WrappedDomain):
    """Some of a domain's samples.

    Args:
        inner: The whole domain.
        positions: Of the samples to keep, by split, each of shape ``(N,)``.
    """

    def __init__(self, inner: DomainDataset, positions: Positions) -> None:
        super().__init__(inner)
        self.positions = positions

    def images(self, split: str) -> Images:
        """Return the kept images."""
        return chosen(self.inner.images(split), self.positions[split])

    def labels(self, split: str) -> Tensor:
        """Return the classes of the kept images."""
        return self.inner.labels(split)[self.positions[split]]

    def ids(self, split: str) -> list[str]:
        """Return the ids of the kept images."""
        return self._kept(self.inner.ids(split), split)

    def names(self, split: str) -> list[str]:
        """Return the names of the kept images."""
        return self._kept(self.inner.names(split), split)

    def _kept(self, values: list[str], split: str) -> list[str]:
        return [values[place] for place in self.positions[split].tolist()]


class SwappedNames(WrappedDomain):
    """The same images, with ids and names in reverse order: a name may tell the class, as a file's folder does."""

    def ids(self, split: str) -> list[str]:
        """Return the ids in reverse order."""
        return self.inner.ids(split)[::-1]

    def names(self, split: str) -> list[str]:
        """Return the names in reverse order."""
        return self.inner.names(split)[::-1]


class Negatives(WrappedDomain):
    """The negative of every image, under the same labels."""

    def images(self, split: str) -> Images:
        """Return the negatives."""
        return 255 - self.inner.images(split)[:]
