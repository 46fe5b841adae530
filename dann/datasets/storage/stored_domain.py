"""A domain kept as arrays on disk: images, labels and ids in files of their own, under a manifest."""

from __future__ import annotations

import hashlib
import json
import shutil
from abc import abstractmethod
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dann.core.errors import RunError, UserError
from dann.core.hashing import sha256
from dann.core.kept import cache_root as cache_root
from dann.datasets.base import DomainDataset
from dann.datasets.images import ImageFiles
from dann.datasets.storage.drafts import drafting
from dann.datasets.storage.stored_folder import StoredFolder


@dataclass(frozen=True, slots=True)
class Samples:
    """One split of one domain.

    Args:
        images: Pixels, uint8, shape ``(N, C, H, W)``; or features, float32, ``(N, D)``, or series ``(N, C, T)``.
        labels: Classes, shape ``(N,)``; -1 in a domain without labels.
        ids: One name per sample, shape ``(N,)``, that no other sample of any split or domain shares.
        names: What a reader would call each sample, shape ``(N,)``, its file for example; ``None`` for ``ids``.
        groups: Places in the domain's ``group_names``, shape ``(N,)``; ``None`` where it has none.
    """

    images: NDArray[np.uint8] | NDArray[np.float32]
    labels: NDArray[np.int64]
    ids: NDArray[np.str_]
    names: NDArray[np.str_] | None = None
    groups: NDArray[np.int64] | None = None


class StoredDomain(DomainDataset):
    """A domain made once, by drawing or by import, kept under ``root`` and checked against its manifest when read.

    Args:
        root: Folder for the files; ``$DANN_CACHE`` or ``~/.cache/dann`` when ``None``.
    """

    version: ClassVar[int] = 1

    def __init__(self, root: str | None = None) -> None:
        self.root = Path(root).expanduser() if root else cache_root()
        self._open: StoredFolder | None = None

    @abstractmethod
    def options(self) -> dict[str, Any]:
        """Return all that the pixels depend on; together with the version it names the folder."""

    @abstractmethod
    def make(self) -> dict[str, Samples]:
        """Draw the splits, or read them from where they are published."""

    def remarks(self) -> dict[str, Any]:
        """Return what making the domain found out, for its manifest."""
        return {}

    @property
    def folder(self) -> Path:
        """Where this domain's files are."""
        facts = json.dumps([type(self).__name__, self.version, self.options()], sort_keys=True)
        return self.root / f'{self.name.replace("/", "-")}-{hashlib.sha256(facts.encode()).hexdigest()[:12]}'

    def prepare(self) -> None:
        """Make the domain unless its folder is complete; a folder appears whole or not at all."""
        if self._is_there:
            return
        with ExitStack() as stack:
            try:
                draft = stack.enter_context(drafting(self.folder))
            except OSError as error:
                msg = f'cannot write data to {self.root} ({error.strerror}); set DANN_CACHE to a folder you can write'
                raise UserError(msg) from error
            self._save(self.make(), draft)

    @property
    def _is_there(self) -> bool:
        return (self.folder / 'manifest.json').exists()

    def _save(self, made: dict[str, Samples], draft: Path) -> None:
        try:
            self._write(made, draft)
            if not self._is_there and self.folder.exists():
                shutil.rmtree(self.folder)  # without its manifest it is of no use
            draft.rename(self.folder)
        except OSError as error:
            if self._is_there:  # another process was faster
                return
            msg = f'cannot write {self.folder} ({error}); free the disk or set DANN_CACHE to another folder'
            raise RunError(msg) from error

    def _write(self, made: dict[str, Samples], folder: Path) -> None:
        counts, sums = {}, {}
        for split, samples in made.items():
            counts[split] = {
                name: int((samples.labels == index).sum()) for index, name in enumerate(self.classes)
            }
            for part in ('images', 'labels', 'ids', 'names', 'groups'):
                path = folder / f'{split}.{part}.npy'
                self.save_part(getattr(samples, part), path)
                if path.exists():
                    sums[path.name] = sha256(path)
        facts = {'name': self.name, 'version': self.version, 'options': self.options()}
        text = json.dumps({**facts, **self.remarks(), 'counts': counts, 'sha256': sums}, indent=2)
        (folder / 'manifest.json').write_text(text + '\n', encoding='utf-8')

    def save_part(self, part: NDArray[Any] | ImageFiles | None, path: Path) -> None:
        """Write images, labels, ids, names or groups of a split, if there are any."""
        if isinstance(part, ImageFiles):
            part.decode_into(path, f'{self.name}: decoding', self.advice)
        elif part is not None:
            np.save(path, part)

    def manifest(self) -> dict[str, Any]:
        """Return the manifest written beside the files."""
        return deepcopy(self._opened().manifest)

    def images(self, split: str) -> Tensor:
        """Return uint8 images, shape ``(N, C, H, W)``, or float32 features or series."""
        return torch.from_numpy(self._opened().array(f'{split}.images.npy'))

    def labels(self, split: str) -> Tensor:
        """Return classes, shape ``(N,)``."""
        return torch.from_numpy(self._opened().array(f'{split}.labels.npy'))

    def groups(self, split: str) -> Tensor:
        """Return places in ``group_names``, shape ``(N,)``.

        Raises:
            UserError: The domain has no groups.
        """
        if not self.group_names:
            return super().groups(split)
        return torch.from_numpy(self._opened().array(f'{split}.groups.npy'))

    def ids(self, split: str) -> list[str]:
        """Return one name per sample."""
        return self._opened().texts(f'{split}.ids.npy')

    def names(self, split: str) -> list[str]:
        """Return a readable name of each sample."""
        name = f'{split}.names.npy'
        return self._opened().texts(name) if self._opened().has(name) else self.ids(split)

    def _opened(self) -> StoredFolder:
        """The folder, opened when it is first used and kept."""
        self.prepare()
        folder = self.folder  # another one after ``root`` or an option was changed
        if self._open is None or self._open.path != folder:
            self._open = StoredFolder(folder)
        return self._open
