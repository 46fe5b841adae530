"""What a domain on disk is: images, and labels in files of their own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dann.errors import RunError, UserError

SPLITS = ('train', 'val', 'test')


def cache_root() -> Path:
    """Where rendered data lives: ``$DANN_CACHE``, or ``~/.cache/dann``."""
    return Path(os.environ.get('DANN_CACHE', '~/.cache/dann')).expanduser()


@dataclass(frozen=True, slots=True)
class Samples:
    """One split of one domain.

    Args:
        images: Pixels, uint8, shape ``(N, C, H, W)``.
        labels: Classes, shape ``(N,)``.
        ids: One name per sample, shape ``(N,)``, that no other sample of any split or domain shares.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    ids: NDArray[np.str_]


class DomainDataset(ABC):
    """One domain: its facts, and access to images and labels that never mixes the two.

    Images and labels are separate calls on separate files, so that the path which must not know a label does
    not open the file that holds it.
    """

    classes: ClassVar[tuple[str, ...]]
    name: str

    @abstractmethod
    def prepare(self) -> None:
        """Put the domain on disk; return at once if it is there."""

    @abstractmethod
    def images(self, split: str) -> Tensor:
        """Return uint8 images, shape ``(N, C, H, W)``, of ``train``, ``val`` or ``test``."""

    @abstractmethod
    def labels(self, split: str) -> Tensor:
        """Return classes, shape ``(N,)``, in the order of ``images``."""

    @abstractmethod
    def ids(self, split: str) -> list[str]:
        """Return one name per sample, in the order of ``images``, that no sample of another split shares."""

    def contact_sheet(self) -> dict[str, NDArray[np.uint8]]:
        """Return named rows of images ``(N, C, H, W)`` that show the domain beside its siblings, if any do."""
        return {}

    @abstractmethod
    def manifest(self) -> dict[str, Any]:
        """Return counts per class and split, the files' sha256, and the options that made them."""


class RenderedDomain(DomainDataset):
    """A domain drawn by code from a seed, kept under ``root`` and checked against its manifest when read.

    Args:
        root: Folder for the files; ``$DANN_CACHE`` or ``~/.cache/dann`` when ``None``.
    """

    version: ClassVar[int] = 1

    def __init__(self, root: str | None = None) -> None:
        self.root = Path(root).expanduser() if root else cache_root()

    @abstractmethod
    def options(self) -> dict[str, Any]:
        """Return all that the pixels depend on; together with the version it names the folder."""

    @abstractmethod
    def draw(self) -> dict[str, Samples]:
        """Draw the splits."""

    @property
    def folder(self) -> Path:
        """Where this domain's files are."""
        facts = json.dumps([type(self).__name__, self.version, self.options()], sort_keys=True)
        return self.root / f'{self.name.replace("/", "-")}-{hashlib.sha256(facts.encode()).hexdigest()[:12]}'

    def prepare(self) -> None:
        """Draw the domain unless its folder is complete; a folder appears whole or not at all."""
        if (self.folder / 'manifest.json').exists():
            return
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(dir=self.root, prefix='.draft-'))
            draft.chmod(0o755)  # mkdtemp's would keep others out of a shared cache
        except OSError as error:
            msg = f'cannot write data to {self.root} ({error.strerror}); set DANN_CACHE to a folder you can write'
            raise UserError(msg) from error
        try:
            drawn = self.draw()
            self._save(drawn, draft)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _save(self, drawn: dict[str, Samples], draft: Path) -> None:
        try:
            self._write(drawn, draft)
            draft.rename(self.folder)
        except OSError as error:
            if not (self.folder / 'manifest.json').exists():  # a parallel worker may have been faster
                msg = (
                    f'cannot write {self.folder} ({error}); free the disk or set DANN_CACHE to another folder'
                )
                raise RunError(msg) from error

    def _write(self, drawn: dict[str, Samples], folder: Path) -> None:
        counts, sums = {}, {}
        for split, samples in drawn.items():
            counts[split] = {
                name: int((samples.labels == index).sum()) for index, name in enumerate(self.classes)
            }
            for part in ('images', 'labels', 'ids'):
                path = folder / f'{split}.{part}.npy'
                np.save(path, getattr(samples, part))
                sums[path.name] = _sha256(path)
        facts = {'name': self.name, 'version': self.version, 'options': self.options()}
        text = json.dumps({**facts, 'counts': counts, 'sha256': sums}, indent=2)
        (folder / 'manifest.json').write_text(text + '\n')

    def manifest(self) -> dict[str, Any]:
        """Return the manifest written beside the files."""
        self.prepare()
        path = self.folder / 'manifest.json'
        try:
            manifest: dict[str, Any] = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            msg = f'cannot read {path} ({error}); delete {self.folder} to have it drawn again'
            raise RunError(msg) from error
        return manifest

    def images(self, split: str) -> Tensor:
        """Return uint8 images, shape ``(N, C, H, W)``."""
        return torch.from_numpy(self._read(split, 'images'))

    def labels(self, split: str) -> Tensor:
        """Return classes, shape ``(N,)``."""
        return torch.from_numpy(self._read(split, 'labels'))

    def ids(self, split: str) -> list[str]:
        """Return one name per sample."""
        return [str(name) for name in self._read(split, 'ids')]

    def _read(self, split: str, part: str) -> NDArray[Any]:
        path = self.folder / f'{split}.{part}.npy'
        if self.manifest()['sha256'].get(path.name) != (_sha256(path) if path.exists() else ''):
            msg = f'{path} is missing or not what its manifest says; delete {self.folder} to have it drawn again'
            raise RunError(msg)
        array: NDArray[Any] = np.load(path)
        return array


def _sha256(path: Path) -> str:
    with path.open('rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()
