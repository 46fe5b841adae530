"""Half of a domain, so that a pair of halves shows what no shift looks like."""

from __future__ import annotations

from typing import Any, Literal, get_args

import torch
from torch import Tensor

from dann.core.errors import check
from dann.datasets.base import DomainDataset
from dann.datasets.images import Images, chosen
from dann.datasets.wrapped import WrappedDomain

Part = Literal['first', 'second']


class Half(WrappedDomain):
    """A random half of every split of another domain; the other ``part`` of the same seed has the other samples.

    Args:
        of: The domain.
        part: ``first`` or ``second``.
        seed: Of the division, at least 0.
    """

    listed = False

    def __init__(self, of: DomainDataset, part: Part = 'first', seed: int = 0) -> None:
        check(part in get_args(Part), f'expected `part` to be first or second, got {part!r}')
        check(seed >= 0, f'expected `seed` of at least 0, got {seed}')
        super().__init__(of)
        self.part, self.seed = part, seed
        self.name = f'{of.name}, {part} half'

    def _places(self, split: str) -> Tensor:
        """Return the positions of the half's samples in the split, ascending."""
        count = len(self.inner.images(split))
        order = torch.randperm(count, generator=torch.Generator().manual_seed(self.seed))
        half = order[: count // 2] if self.part == 'first' else order[count // 2 :]
        return half.sort().values

    def images(self, split: str) -> Images:
        """Return the images of the half."""
        return chosen(self.inner.images(split), self._places(split))

    def within(self, split: str) -> tuple[Images, Tensor] | None:
        """Return all images of the domain and the positions of the half's among them."""
        found = self.inner.within(split)
        return None if found is None else (found[0], found[1][self._places(split)])

    def origins(self, split: str) -> Tensor | None:
        """Return which domain each sample of the half is from."""
        found = self.inner.origins(split)
        return None if found is None else found[self._places(split)]

    def labels(self, split: str) -> Tensor:
        """Return the classes of the half."""
        return self.inner.labels(split)[self._places(split)]

    def groups(self, split: str) -> Tensor:
        """Return the groups of the half's samples."""
        return self.inner.groups(split)[self._places(split)]

    def ids(self, split: str) -> list[str]:
        """Return the ids of the half."""
        found = self.inner.ids(split)
        return [found[place] for place in self._places(split).tolist()]

    def names(self, split: str) -> list[str]:
        """Return the names of the half's samples."""
        found = self.inner.names(split)
        return [found[place] for place in self._places(split).tolist()]

    def manifest(self) -> dict[str, Any]:
        """Return the domain's manifest, with the half that is taken of it."""
        return self.inner.manifest() | {'half': self.part, 'half_seed': self.seed}
