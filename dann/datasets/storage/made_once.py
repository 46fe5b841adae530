"""Folders of the cache that take long to make: under a hash of all that they depend on, made once and whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from dann.core.errors import RunError
from dann.core.hashing import sha256
from dann.core.kept import cache_root
from dann.datasets.storage.stored_folder import StoredFolder

MANIFEST = 'manifest.json'


def place(kind: str, facts: Mapping[str, Any]) -> Path:
    """Return the folder of the cache for what ``facts`` describe.

    Args:
        kind: What is kept, a name for the folder of all such folders.
        facts: All that the contents depend on, ready for JSON.
    """
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:20]
    return cache_root() / kind / digest


def made_once(kind: str, facts: Mapping[str, Any], make: Callable[[Path], None]) -> StoredFolder:
    """Return the folder that ``facts`` describe, from the cache, or made now and kept there.

    Two processes that want the same make it once: the second waits.

    Args:
        kind: As ``place`` takes it.
        facts: As ``place`` takes them.
        make: Fills a draft folder, in which a killed process may have left its work, and ends with ``seal``.

    Raises:
        RunError: The cache cannot be written, or a manifest is damaged.
    """
    folder = place(kind, facts)
    root = folder.parent
    try:
        if not (folder / MANIFEST).exists():
            root.mkdir(parents=True, exist_ok=True)
            with FileLock(root / f'.{folder.name}.lock'):
                if not (folder / MANIFEST).exists():
                    draft = root / f'.draft-{folder.name}'
                    make(draft)
                    draft.rename(folder)
    except OSError as error:
        raise RunError(
            f'cannot write {kind} to {root} ({error.strerror}); free the disk or set DANN_CACHE to another folder'
        ) from error
    return StoredFolder(folder)


def seal(draft: Path, facts: Mapping[str, Any], seconds: float, *files: str) -> None:
    """Write the manifest of a draft: facts, seconds that it took, and the checksum of each of its ``files``."""
    sums = {name: sha256(draft / name) for name in files}
    manifest = {**facts, 'seconds': seconds, 'sha256': sums}
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=2) + '\n', encoding='utf-8')
