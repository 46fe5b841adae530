"""Folders that appear whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = '.dann-draft-'  # which no folder of the user's own has
LOCK = '.lock'  # in the draft, held by the process that fills it
YOUNG = 60.0  # seconds in which a draft may still be without its lock


@contextmanager
def drafting(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside ``folder``, which the caller fills and renames to it.

    Drafts that killed processes left beside it are removed; one that another process fills is left alone.

    Raises:
        OSError: The disk cannot be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    clean(folder.parent)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=PREFIX))
    try:
        draft.chmod(0o755)  # mkdtemp's would keep others out of a shared folder
        with FileLock(draft / LOCK):
            (draft / 'whole').mkdir()
            yield draft / 'whole'
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def clean(parent: Path) -> None:
    """Remove the drafts in a folder that nobody fills any more."""
    for draft in parent.glob(f'{PREFIX}*'):
        if _is_left(draft):
            shutil.rmtree(draft, ignore_errors=True)


def _is_left(draft: Path) -> bool:
    try:
        if not (draft / LOCK).exists():
            return time.time() - draft.stat().st_mtime > YOUNG
        with FileLock(draft / LOCK, timeout=0):
            return True
    except (OSError, Timeout):
        return False
