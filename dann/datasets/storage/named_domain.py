"""The field's sets of image files, known by name."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from dann.core.errors import unknown
from dann.datasets.storage.file_domain import FileDomain, Item, Keep
from dann.datasets.storage.layouts import plain
from dann.datasets.storage.public import MissingDataError


class NamedDomain(FileDomain):
    """One domain of a published set of image files.

    Images are squashed to a square, so that their size cannot tell the class. Class attributes are the facts;
    beside those of every published set ``slug`` (how the set is called in names of domains) and ``folders``
    (names of its folder below the root).

    Args:
        domain: One of the set's domains.
        size: Height and width in pixels.
        val: Share of the images without a published split that form the validation split.
        test: The same for the test split.
        seed: Of the split.
        root: Folder that holds the set's folder, or that folder itself; ``None`` for ``$DANN_DATA`` or the cache.
        keep: Where pixels are during a run, as for every set of image files.
    """

    slug: ClassVar[str]
    folders: ClassVar[tuple[str, ...]]
    sizes: ClassVar[Mapping[str, Any]]

    def __init__(
        self,
        domain: str,
        size: int = 64,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
        root: str | None = None,
        keep: Keep = 'auto',
    ) -> None:
        super().__init__(size, val, test, seed, root, keep)
        known = {plain(name): name for name in self.domains}
        if plain(domain) not in known:
            raise unknown('domain', domain, self.domains)
        self.domain = known[plain(domain)]
        self.name = f'{self.slug}/{self.domain.lower().replace(" ", "-").replace("/", "-")}'
        self._within = ('', *self.folders) if root else self.folders

    @abstractmethod
    def index(self) -> list[Item]:
        """Return every image of the domain that is there, as ``listing`` does."""

    def listing(self) -> list[Item]:
        """Return every image of the domain; warns where their number is not the published one.

        Raises:
            MissingDataError: There is none.
        """
        items = self.index()
        if not (found := self.count(items)):
            raise MissingDataError(self.missing())
        self.counted(self.domain, found, self.published)
        return items

    @property
    def published(self) -> int:
        """How many images the domain has as published."""
        size = self.sizes[self.domain]
        return sum(size.values()) if isinstance(size, Mapping) else int(size)

    def count(self, items: Sequence[Item]) -> int:
        """Return what is compared with the published number."""
        return len(items)

    def inside(self, *names: str) -> Path:
        """Return the first of ``names`` that exists inside the set's folder, under any of its names.

        Raises:
            MissingDataError: None does.
        """
        return self.locate(*(f'{folder}/{name}'.lstrip('/') for name in names for folder in self._within))
