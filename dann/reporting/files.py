"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from dann.core.drafted import draft_of
from dann.core.errors import RunError, UserError
from dann.reporting.escapes import escaping


def refuse_to_overwrite(*paths: Path | None, overwrite: bool) -> None:
    """Raise ``UserError`` where a file that is to be written is there already, or is named twice."""
    given = [path for path in paths if path is not None]
    if len({*given}) < len(given):
        raise UserError(f'{given[0]} would be written twice; name different files')
    for path in given:
        if path.exists() and not overwrite:
            raise UserError(f'{path} is there already; name another file, or pass --overwrite')


def write_whole(path: Path, data: bytes | str) -> None:
    """Write ``data`` to ``path``: first to a draft in the same folder, which is flushed to disk and then renamed.

    Text is written in UTF-8, and what has no place in it as an escape.

    Raises:
        RunError: The disk is full or the folder cannot be written; what was at ``path`` is still there.
    """
    draft = draft_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data.encode(errors=escaping()) if isinstance(data, str) else data)
        put_in_place(draft, path)
    except OSError as error:
        msg = (
            f'cannot write {path} ({error.strerror or error}); '
            'free some space or fix the permissions, then run the command again'
        )
        raise RunError(msg) from error
    finally:
        with contextlib.suppress(OSError):  # the folder cannot be used, which the error above has said
            draft.unlink(missing_ok=True)


def put_in_place(draft: Path, path: Path) -> None:
    """Rename a draft once all of it is on the disk, so that a power cut leaves the old file or the new one."""
    with draft.open('r+b') as file:  # Windows flushes only what may be written
        os.fsync(file.fileno())
    draft.replace(path)
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Write the names in a folder to the disk; where a system cannot, as on Windows, that is left to it."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
