"""Data sets that are published as image files."""

from __future__ import annotations

import hashlib
import os
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dann.core.errors import UserError, check, unknown
from dann.core.groups import group_names
from dann.core.hashing import sha256
from dann.datasets.base import SPLITS, unlabelled
from dann.datasets.images import ImageFiles, Images, MappedImages, chosen
from dann.datasets.splitting import check_classes, identities, split
from dann.datasets.storage.decoding import Box, Fit, check_header, decoded, image_files, over_files
from dann.datasets.storage.public import PublicDomain
from dann.datasets.storage.stored_domain import Samples, StoredDomain

__all__ = ['FileDomain', 'Fit', 'Item', 'Keep', 'decoded', 'image_files']

Keep = Literal['auto', 'memory', 'disk', 'files']
MOST_IN_MEMORY = 1 << 30
ALL = 'all'


@dataclass(frozen=True, slots=True)
class Item:
    """One image of a data set.

    Args:
        path: The file.
        label: Name of its class; ``None`` where that is not known.
        split: ``train``, ``val`` or ``test`` as published; ``None`` where it is to be drawn.
        box: The part of the file that is the image, left, top, right and bottom in pixels; ``None`` for all of it.
        group: The group that it belongs to; ``None`` where the domain has none.
    """

    path: Path
    label: str | None
    split: str | None = None
    box: Box | None = None
    group: str | None = None

    @property
    def part(self) -> str:
        """What follows a file's name, or the hash of its content, where the image is a part of it."""
        return '' if self.box is None else f'@{",".join(map(str, self.box))}'


@dataclass(frozen=True, slots=True)
class FileSamples(Samples):
    """One split of one domain, its pixels still in their files."""

    images: ImageFiles  # type: ignore[assignment]


class FileDomain(PublicDomain):
    """A domain of image files; a subclass lists them without opening one.

    A sample's id is the hash of its file, and its box if it has one, so that an image that is in two splits or in
    both domains is found out; copies within a split are numbered. Which image goes into which split is said at
    ``splitting.split``. The files are known by name and ``fingerprint``, their size: after an image is replaced
    by one of the same number of bytes, delete the domain's folder in the cache.

    Published sets are brought to a square by squashing, as the published results on them were. Where ``shared`` is
    true, as for the user's own images, a ``Pool`` keeps decoded pixels once, however often splits are drawn from it.

    Args:
        size: Height and width in pixels to which each image is brought.
        val: Share of the images that form the validation split, where none is published.
        test: The same for the test split.
        seed: Of the split.
        root: Folder of the files; ``None`` for ``$DANN_DATA`` or the cache.
        keep: Where pixels are during a run: ``memory``, or ``disk`` (decoded once, mapped from the cache), or
            ``files`` (decoded anew for each batch); ``auto`` is ``memory`` up to 1 GiB and ``files`` above.
        fit: How an image that is not square is made one: ``crop`` to the middle of its longer side, or ``squash``.
    """

    shared: ClassVar[bool] = False

    def __init__(
        self,
        size: int = 64,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
        root: str | None = None,
        keep: Keep = 'auto',
        fit: Fit = 'squash',
    ) -> None:
        super().__init__(root)
        check(size > 0, f'expected `size` above 0, got {size}')
        check(seed >= 0, f'expected `seed` of at least 0, got {seed}')
        check(
            min(val, test) > 0 and val + test < 1,
            f'expected shares above 0 and below 1, got {val} and {test}',
        )
        check(keep in get_args(Keep), f'expected `keep` to be one of {get_args(Keep)}, got {keep!r}')
        check(fit in get_args(Fit), f'expected `fit` to be one of {get_args(Fit)}, got {fit!r}')
        self.size, self.val, self.test, self.seed, self.keep = size, val, test, seed, keep
        self.fit = fit
        self._items: list[Item] | None = None
        self._digest: str | None = None
        self._held: Pool | None = None

    @abstractmethod
    def listing(self) -> list[Item]:
        """Return every image of the domain, in an order that does not depend on the machine."""

    @property
    def items(self) -> list[Item]:
        """The listing, made once."""
        if self._items is None:
            self._items = self.listing()
        return self._items

    @cached_property
    def group_names(self) -> tuple[str, ...]:
        """Names of the groups, sorted; empty where images have none."""
        return group_names([item.group for item in self.items if item.group is not None])

    def told(self) -> list[tuple[str, str, str | None]]:
        """Return class, group and split of every image as they are written; '' for a class or a group without."""
        return [(item.label or '', item.group or '', item.split) for item in self.items]

    @property
    def labelled(self) -> bool:
        """Whether any image has a label."""
        return any(item.label is not None for item in self.items)

    @property
    def advice(self) -> str:
        """The command that finds all that is wrong with the files."""
        return f'or see all with `dann data check {self.places[0]}`'

    @property
    def kept(self) -> Keep:
        """``keep``, decided."""
        small = len(self.items) * 3 * self.size**2 <= MOST_IN_MEMORY
        return self.keep if self.keep != 'auto' else 'memory' if small else 'files'

    @property
    def drawn(self) -> bool:
        """Whether the test split is drawn by the seed, and not published."""
        return all(item.split != 'test' for item in self.items)

    def relative(self, path: Path) -> str:
        """Return a file's path below the folder of the data, which may be moved."""
        place = next((place for place in self.places if path.is_relative_to(place)), self.places[0])
        return Path(os.path.relpath(path, place)).as_posix()

    def item_name(self, item: Item) -> str:
        """Return an image's name: the path of its file below the data's folder, and its box if it has one."""
        return self.relative(item.path) + item.part

    def fingerprint(self, path: Path) -> str:
        """Return what tells a file from others of its name."""
        return str(path.stat().st_size)

    def _fingerprint(self, path: Path) -> str:
        try:
            return self.fingerprint(path)
        except OSError as error:
            raise UserError(
                f'cannot read {path} ({error.strerror}); correct the listing or restore the file'
            ) from error

    def options(self) -> dict[str, Any]:
        """Return size, split and a hash over names and sizes of the files."""
        asked: dict[str, Any] = {'val': self.val, 'test': self.test, 'seed': self.seed}
        if self.group_names:
            lines = ''.join(f'{self.item_name(item)} {item.group}\n' for item in self.items)
            asked['groups'] = hashlib.sha256(lines.encode(errors='surrogateescape')).hexdigest()
        return self.pixel_options() | asked | ({'pool': True} if self.shared else {})

    def pixel_options(self) -> dict[str, Any]:
        """Return what the pixels of all splits together depend on."""
        if self._digest is None:
            lines = (
                f'{self.item_name(item)} {self._fingerprint(item.path)} {item.label} {item.split}\n'
                for item in self.items
            )
            self._digest = hashlib.sha256(''.join(lines).encode(errors='surrogateescape')).hexdigest()
        fitted = {} if self.fit == 'squash' else {'fit': self.fit}
        return {'size': self.size, 'decoded': self.kept != 'files', 'files': self._digest} | fitted

    def make(self) -> dict[str, Samples]:
        """Divide the files into splits; their pixels are decoded while they are written."""
        number = {name: index for index, name in enumerate(self.classes)}
        labels = [self._number(item, number) for item in self.items]
        if self.labelled:
            check_classes(labels, self.classes, self.name, self.advice)
        published, contents = [item.split for item in self.items], self._contents()
        parts = split(published, labels, contents, val=self.val, test=self.test, seed=self.seed)
        for name in SPLITS:
            if not parts[name]:
                raise UserError(
                    f'the {name} split of {self.name} has no image of {len(self.items)}; add some, {self.advice}'
                )
        return {name: self._samples(parts[name], labels, contents) for name in SPLITS}

    def _number(self, item: Item, known: dict[str, int]) -> int:
        if item.split not in (None, *SPLITS):
            raise unknown(f'split of {item.path}', str(item.split), SPLITS)
        if item.label is None:
            if self.labelled:
                raise UserError(
                    f'{item.path} of {self.name} has no label and others have; label it or take it out'
                )
            return -1
        if item.label not in known:
            raise unknown(f'class of {item.path}', item.label, known)
        return known[item.label]

    def remarks(self) -> dict[str, Any]:
        """Return the checksums of the pixels and contents that all splits share."""
        return {'pool': self._pool.manifest()['sha256']} if self.shared else {}

    @property
    def _pool(self) -> Pool:
        if self._held is None:
            self._held = Pool(self)
        return self._held

    def _contents(self) -> list[str]:
        return self._pool.ids(ALL) if self.shared else self.read_contents()

    def read_contents(self) -> list[str]:
        """Return a hash of each image's file, and its box if it has one; every file is read."""

        def content(_: int, path: Path) -> str:
            check_header(path)
            return sha256(path)[:16]

        paths = list(dict.fromkeys(item.path for item in self.items))
        found = over_files(content, paths, f'{self.name}: reading', self.advice)
        contents = dict(zip(paths, found, strict=True))
        return [contents[item.path] + item.part for item in self.items]

    def _samples(self, chosen: Sequence[int], labels: Sequence[int], contents: Sequence[str]) -> FileSamples:
        items = [self.items[index] for index in chosen]
        number = {name: place for place, name in enumerate(self.group_names)}
        return FileSamples(
            self.files(items),
            np.array([labels[index] for index in chosen], np.int64),
            identities(contents[index] for index in chosen),
            np.array([self.item_name(item) for item in items]),
            np.array([number[str(item.group)] for item in items], np.int64) if number else None,
        )

    def files(self, items: Sequence[Item]) -> ImageFiles:
        """Return the images of some items, which are decoded when they are asked for."""
        return ImageFiles([item.path for item in items], self.size, [item.box for item in items], self.fit)

    def save_part(self, part: NDArray[Any] | ImageFiles | None, path: Path) -> None:
        """Write one, but no pixels where the files themselves are read, or the pool holds them."""
        if not (isinstance(part, ImageFiles) and (self.shared or self.kept == 'files')):
            super().save_part(part, path)

    def images(self, split: str) -> Images:  # type: ignore[override]
        """Return uint8 images, shape ``(N, 3, size, size)``, in memory or not as ``keep`` says."""
        if (found := self.within(split)) is not None:
            whole, places = found
            return whole[places] if self.kept == 'memory' else chosen(whole, places)
        if self.kept == 'memory':
            return super().images(split)
        if self.kept == 'disk':
            name = f'{split}.images.npy'
            self._opened().verify(name)
            return MappedImages(self.folder / name)
        known = {self.item_name(item): item for item in self.items}
        return self.files([known[name] for name in self.names(split)])

    def within(self, split: str) -> tuple[Images, Tensor] | None:
        """Return the images of the pool and the positions of a split's; ``None`` where no pool is kept."""
        if not self.shared:
            return None
        return self._pool.pixels(), torch.tensor([self._positions[name] for name in self.names(split)])

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {self.item_name(item): place for place, item in enumerate(self.items)}

    def labels(self, split: str) -> Tensor:
        """Return classes, shape ``(N,)``.

        Raises:
            UserError: The images are not labelled.
        """
        if not self.labelled:
            raise UserError(unlabelled(self.name))
        return super().labels(split)


class Pool(StoredDomain):
    """All images of a domain in the order of its listing, for every way to divide them; no labels.

    Args:
        domain: The domain.
    """

    listed: ClassVar[bool] = False
    classes: tuple[str, ...] = ()

    def __init__(self, domain: FileDomain) -> None:
        super().__init__(str(domain.root))
        self.domain, self.name = domain, domain.name

    @property
    def advice(self) -> str:
        """That of the domain."""
        return self.domain.advice

    def options(self) -> dict[str, Any]:
        """Return what pixels depend on."""
        return self.domain.pixel_options()

    def make(self) -> dict[str, Samples]:
        """Read the content of every file; pixels are decoded while they are written."""
        contents = np.array(self.domain.read_contents(), dtype=np.str_)
        none = np.zeros(0, np.int64)
        return {ALL: FileSamples(self.domain.files(self.domain.items), none, contents)}

    def save_part(self, part: NDArray[Any] | ImageFiles | None, path: Path) -> None:
        """Write one, but no pixels where the files themselves are read, and no labels."""
        wanted = (
            self.domain.kept != 'files' if isinstance(part, ImageFiles) else path.name.endswith('.ids.npy')
        )
        if wanted:
            super().save_part(part, path)

    def pixels(self) -> Images:
        """Return the images, mapped from the cache, or their files where these are read."""
        if self.domain.kept == 'files':
            return self.domain.files(self.domain.items)
        name = f'{ALL}.images.npy'
        self._opened().verify(name)
        return MappedImages(self.folder / name)
