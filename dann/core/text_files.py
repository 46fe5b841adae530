"""Files of text in UTF-8, with or without the mark that Windows writes in front."""

from __future__ import annotations

import stat
from pathlib import Path

from dann.core.errors import UserError
from dann.core.regular import regular

MOST_BYTES = 4 << 20


class TextError(Exception):
    """What is wrong with a text, in words that follow its name: ``is not UTF-8 text; save it as UTF-8``."""


def read_text(path: Path, most: int = MOST_BYTES) -> str:
    """Return the text of a regular file; a pipe or a device, which may never end, is not opened.

    Raises:
        TextError: It is no regular file, larger than ``most`` bytes, or not UTF-8.
        OSError: It cannot be read.
    """
    state = path.stat()
    if stat.S_ISDIR(state.st_mode):
        raise IsADirectoryError(21, 'Is a directory', str(path))
    if not stat.S_ISREG(state.st_mode):
        raise TextError('is no regular file; give a file')
    if state.st_size > most:
        raise TextError(f'has {state.st_size:,} bytes, and {most:,} are read at most; give a smaller file')
    return _decoded(path.read_bytes())


def listed_text(path: Path) -> str:
    """Return the text of a list or table of any length, of a data set as it is published.

    Raises:
        UserError: It cannot be read, or is not UTF-8.
    """
    try:
        return _decoded(regular(path).read_bytes())
    except TextError as error:
        raise UserError(f'{path} {error}') from error
    except OSError as error:
        raise UserError(f'cannot read {path} ({error.strerror}); restore the published file') from error


def _decoded(data: bytes) -> str:
    try:
        return data.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        raise TextError('is not UTF-8 text; save it as UTF-8') from error
