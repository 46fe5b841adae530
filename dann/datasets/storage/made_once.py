"""Folders of the cache that take long to make: under a hash of all that they depend on, made once and whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from filelock import FileLock

from dann.core.errors import RunError
from dann.core.hashing import sha256
from dann.core.kept import cache_root
from dann.datasets.storage.stored_folder import StoredFolder

MANIFEST = 'manifest.json'

_elsewhere: ContextVar[Mapping[str, Path]] = ContextVar('elsewhere', default=MappingProxyType({}))


def place(kind: str, facts: Mapping[str, Any]) -> Path:
    """Return the folder of the cache for what ``facts`` describe.

    Args:
        kind: What is kept, a name for the folder of all such folders.
        facts: All that the contents depend on, ready for JSON.
    """
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:20]
    return _elsewhere.get().get(kind, cache_root()) / kind / digest


@contextmanager
def made_anew(kind: str) -> Iterator[None]:
    """Make what is of a kind as if none of it were in the cache, and throw it away at the end of the block.

    Args:
        kind: As ``place`` takes it; all others are found where they are.
    """
    with TemporaryDirectory() as folder:
        token = _elsewhere.set({**_elsewhere.get(), kind: Path(folder)})
        try:
            yield
        finally:
            _elsewhere.reset(token)


def made_once(kind: str, facts: Mapping[str, Any], make: Callable[[Path], None]) -> StoredFolder:
    """Return the folder that ``facts`` describe, from the cache, or made now and kept there.

    Two processes that want the same make it once: the second waits.

    Args:
        kind: As ``place`` takes it.
        facts: As ``place`` takes them.
        make: Fills a draft folder, in which a killed process may have left its work, and ends with ``seal``; it writes
            within ``writing``, so that no other error is taken for one of the cache.

    Raises:
        RunError: The cache cannot be written, or a manifest is damaged or missing.
    """
    folder = place(kind, facts)
    if not (folder / MANIFEST).exists():
        with _locked(folder):
            if not (folder / MANIFEST).exists():
                _make(folder, make)
    return StoredFolder(folder)


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Raise ``RunError`` with the next step where the block cannot write to ``root``, the folder of a kind."""
    try:
        yield
    except OSError as error:
        raise RunError(
            f'cannot write {root.name} to {root} ({error.strerror}); free the disk or set DANN_CACHE to another folder'
        ) from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder that may not be there yet."""
    with writing(folder.parent):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder.parent / f'.{folder.name}.lock').acquire()
    with lock:
        yield


def _make(folder: Path, make: Callable[[Path], None]) -> None:
    """Make a draft and move it to where it is looked for."""
    if folder.exists():
        raise RunError(f'{folder} holds no {MANIFEST}; delete {folder} to have it made anew')
    draft = folder.parent / f'.draft-{folder.name}'
    make(draft)
    with writing(folder.parent):
        draft.rename(folder)


def seal(draft: Path, facts: Mapping[str, Any], seconds: float, *files: str) -> None:
    """Write the manifest of a draft: facts, seconds that it took, and the checksum of each of its ``files``."""
    sums = {name: sha256(draft / name) for name in files}
    manifest = {**facts, 'seconds': seconds, 'sha256': sums}
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=2) + '\n', encoding='utf-8')
