"""Domains wrapped so that they answer with one thing changed; the domain inside stays as it is."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from dann.datasets.base import DomainDataset
from dann.datasets.images import Images, chosen
from dann.datasets.wrapped import WrappedDomain

Positions = Mapping[str, Tensor]


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

    def groups(self, split: str) -> Tensor:
        """Return the groups of the kept images."""
        return self.inner.groups(split)[self.positions[split]]

    def origins(self, split: str) -> Tensor | None:
        """Return which of several domains each of the kept images is from."""
        whole = self.inner.origins(split)
        return None if whole is None else whole[self.positions[split]]

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
