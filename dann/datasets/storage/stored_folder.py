"""The files of a stored domain: a manifest that is parsed once, and arrays that are checked against it once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from dann.core.errors import RunError
from dann.core.hashing import sha256
from dann.core.numpy_files import load_array


class StoredFolder:
    """An open folder of a stored domain.

    A file is hashed when it is first read, and again only after its size or its time of change is another. No
    file is opened before it is asked for: whoever may not know the labels never opens them.

    Args:
        path: The folder, with its ``manifest.json``.

    Raises:
        RunError: The manifest cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        file = path / 'manifest.json'
        try:
            self.manifest: dict[str, Any] = json.loads(file.read_text(encoding='utf-8'))
        except (OSError, ValueError, RecursionError) as error:
            raise RunError(f'cannot read {file} ({error}); delete {path} to have it made anew') from error
        if not isinstance(self.manifest, dict) or not isinstance(self.manifest.get('sha256'), dict):
            raise RunError(f'{file} holds no checksums; delete {path} to have it made anew')
        self._verified: dict[str, tuple[int, int]] = {}
        self._texts: dict[str, list[str]] = {}

    def has(self, name: str) -> bool:
        """Whether the manifest names a file."""
        return name in self.manifest['sha256']

    def array(self, name: str) -> NDArray[Any]:
        """Read an array.

        Args:
            name: Of the file.

        Raises:
            RunError: The file is missing, or is not the one of the manifest.
        """
        self.verify(name)
        return load_array(self.path / name)

    def texts(self, name: str) -> list[str]:
        """Read an array of text, which is kept.

        Args:
            name: Of the file.

        Raises:
            RunError: The file is missing, or is not the one of the manifest.
        """
        if self.verify(name) or name not in self._texts:
            self._texts[name] = [str(text) for text in load_array(self.path / name)]
        return list(self._texts[name])

    def verify(self, name: str) -> bool:
        """Check a file against the manifest unless that was done; whether it was done now.

        Raises:
            RunError: The file is missing, or is not the one of the manifest.
        """
        path = self.path / name
        state = (path.stat().st_size, path.stat().st_mtime_ns) if path.exists() else None
        if state is not None and self._verified.get(name) == state:
            return False
        if state is None or self.manifest['sha256'].get(name) != sha256(path):
            msg = f'{path} is missing or not what its manifest says; delete {self.path} to have it made anew'
            raise RunError(msg)
        self._verified[name] = state
        return True
