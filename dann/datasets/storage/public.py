"""A published data set: its facts, and where its files are looked for."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from dann.core.errors import UserError, check
from dann.core.frozen import frozen
from dann.core.hashing import sha256
from dann.datasets.storage.download import fetch, unpack
from dann.datasets.storage.stored_domain import StoredDomain, cache_root


class MissingDataError(UserError):
    """A data set is not where it was looked for."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that can be fetched.

    Args:
        url: Where it is published.
        name: Where it belongs below the root; a ``.zip`` is unpacked into a folder of its own name.
        digest: Its sha256 or md5 in hex.
    """

    url: str
    name: str
    digest: str


class PublicDomain(StoredDomain):
    """One domain of a published data set, imported once from the layout that its authors publish.

    Class attributes are the facts: ``title``, ``domains``, ``licence``, ``homepage``, ``layout`` (how the files
    lie below the root), ``sizes`` (what is published, by domain and part) and ``sources`` (what can be fetched).
    Files are looked for below ``root`` or, without one, below ``$DANN_DATA`` and the cache's ``downloads``.

    Args:
        root: Folder that holds the data set in its own layout; ``None`` for the places above.
        download: Fetch what is missing, into ``root`` or the cache's ``downloads``.
    """

    title: ClassVar[str]
    domains: ClassVar[tuple[str, ...]] = ()
    licence: ClassVar[str]
    homepage: ClassVar[str]
    layout: ClassVar[str]
    sizes: ClassVar[Mapping[str, Any]] = frozen({})
    sources: tuple[Source, ...] = ()

    def __init__(self, root: str | None = None, *, download: bool = False) -> None:
        super().__init__()
        self.download = download
        given = [Path(root).expanduser()] if root else []
        shared = [Path(os.environ['DANN_DATA']).expanduser()] if os.environ.get('DANN_DATA') else []
        self.places = given or [*shared, cache_root() / 'downloads']
        self._sums: dict[Path, str] = {}

    def locate(self, *names: str) -> Path:
        """Return the first of ``names`` that exists below one of the places.

        Raises:
            MissingDataError: None does; says how the files must lie.
        """
        for place in self.places:
            for name in names:
                if (place / name).exists():
                    return place / name
        raise MissingDataError(self.missing())

    def missing(self) -> str:
        """Return the message for data that is not there: where it was looked for, and what to do."""
        where = ' and '.join(map(str, self.places))
        hint = ', or set `download: true`' if self.sources and not self.download else ''
        return (
            f'{self.title} is not in {where}; place it as {self.layout} there, or set `root` or DANN_DATA to the '
            f'folder that holds it{hint} ({self.homepage})'
        )

    def fetched(self) -> bool:
        """Fetch the sources if that was asked for and any was missing; whether one was.

        Raises:
            RunError: One cannot be fetched; what is on disk stays as it was.
        """
        return self.download and sum(map(self._fetch, self.sources)) > 0

    def _fetch(self, source: Source) -> bool:
        """Fetch one source unless it is there; whether it was fetched."""
        path = self.places[-1] / source.name
        target = path.with_suffix('') if path.suffix == '.zip' else path
        if target.exists():
            return False
        fetch(source.url, path, source.digest)
        if target != path:
            unpack(path, target)
            path.unlink()
        return True

    def warn_count(self, part: str, found: int, published: int) -> None:
        """Warn if a part has another number of images than was published."""
        if found != published:
            msg = (
                f'the {part} part of {self.title} was published with {published:,} images, here it has {found:,}; '
                f'check that the copy is complete ({self.homepage})'
            )
            warnings.warn(msg, stacklevel=2)

    def checksum(self, path: Path) -> str:
        """Return the sha256 of a file, computed once."""
        if path not in self._sums:
            self._sums[path] = sha256(path)
        return self._sums[path]


def held_out(count: int, val: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return positions of the training samples that stay and of ``val`` drawn at random, each in order.

    Raises:
        CheckError: Fewer than 1 sample would stay.
    """
    check(0 < val < count, f'expected `val` between 1 and {count - 1}, got {val}')
    order = np.random.default_rng(seed).permutation(count)
    return np.sort(order[val:]), np.sort(order[:val])


def resized(images: NDArray[np.uint8], size: int | tuple[int, int]) -> NDArray[np.uint8]:
    """Return images ``(N, C, H, W)`` at another size, bilinear with antialiasing, in chunks of bounded memory."""
    shape = (size, size) if isinstance(size, int) else size
    if images.shape[2:] == shape:
        return images
    chunks = [
        _resized(torch.from_numpy(part), shape) for part in np.array_split(images, -(-len(images) // 4096))
    ]
    return torch.cat(chunks).numpy()


def _resized(images: Tensor, shape: tuple[int, int]) -> Tensor:
    scaled = F.interpolate(images.float(), size=shape, mode='bilinear', antialias=True)
    return scaled.round_().clamp_(0, 255).to(torch.uint8)
