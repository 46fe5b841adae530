"""Texts that take seconds to make, kept in the user's cache under a hash of all that they depend on.

A text is kept under the contents of every file of this package, the installed packages and Python, and what its caller
names. Where any of it changes the text is made anew; where the cache cannot be written it is made every time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from dann.core.drafted import draft_of, remove_left

MOST = 200  # texts of a kind, of which the oldest make room


def cache_root() -> Path:
    """Where rendered and imported data lives, and kept texts: ``$DANN_CACHE``, or ``~/.cache/dann``."""
    return Path(os.environ.get('DANN_CACHE', '~/.cache/dann')).expanduser()


def kept(kind: str, depends: Iterable[str | bytes], make: Callable[[], str]) -> str:
    """Return the text of ``make()``, from the cache where it was made before.

    Args:
        kind: Of the text, a name for its folder.
        depends: What the text depends on besides the package and the installed ones.
        make: Makes the text; an empty one is not kept.
    """
    path = cache_root() / 'kept' / kind / f'{_digest(depends)}.txt'
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return path.read_bytes().decode()
    text = make()
    if text:
        with contextlib.suppress(OSError):
            _write(path, text)
    return text


def _digest(depends: Iterable[str | bytes]) -> str:
    """Return a hash in which every part is led by its length, so that no two lists of parts run together."""
    whole = hashlib.sha256()
    for part in (package_digest(), *installed(), *depends):
        data = part.encode(errors='surrogateescape') if isinstance(part, str) else part
        whole.update(f'{len(data)}:'.encode() + data)
    return whole.hexdigest()


def package_digest(package: Path = Path(__file__).parents[1]) -> str:
    """Return a hash of the names and contents of all files of a package.

    Args:
        package: Its folder; by default that of this package.
    """
    whole = hashlib.sha256()
    for folder, folders, names in os.walk(package):
        folders[:] = sorted(set(folders) - {'__pycache__'})
        for name in sorted(names):
            path = Path(folder, name)
            contents = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ''
            whole.update(f'{path.relative_to(package).as_posix()}\0{contents}\n'.encode())
    return whole.hexdigest()


def installed() -> list[str]:
    """Return Python's version and the name and version of each installed package, by the folders that name them."""
    found = {sys.version}
    for place in sys.path:
        with contextlib.suppress(OSError):
            found |= {
                path.name for path in Path(place).iterdir() if path.suffix in ('.dist-info', '.egg-info')
            }
    return sorted(found)


def _write(path: Path, text: str) -> None:
    """Write a text whole or not at all; drop the oldest where there are many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = draft_of(path)
    try:
        draft.write_bytes(text.encode())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    remove_left(path.parent)
    for old in sorted(path.parent.glob('*.txt'), key=lambda each: each.stat().st_mtime)[:-MOST]:
        old.unlink(missing_ok=True)
