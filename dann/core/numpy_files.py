"""Files of NumPy: a header is believed only as far as there are bytes, and nothing in them is executed.

Whatever is wrong with a file is a ``ValueError``, or an ``OSError`` where the system refuses it.
"""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray

from dann.core.errors import UserError
from dann.core.limits import TooLargeError
from dann.core.packed import zip_archive
from dann.core.regular import regular

HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
MOST_EMPTY = 1_000_000  # the longest axis of an array without a byte
Header = tuple[np.dtype[Any], tuple[int, ...]]


class ArrayFileError(ValueError):
    """A file holds no array, or not all of one; the message says why in one line."""


class ObjectsError(ArrayFileError):
    """An array holds Python objects, which would be executed when they are read."""


class Archive:
    """The arrays of an open ``.npz`` archive.

    Args:
        opened: The archive.
    """

    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._opened = opened
        self.files = [name.removesuffix('.npy') for name in opened.namelist() if name.endswith('.npy')]

    def __getitem__(self, key: str) -> NDArray[Any]:
        """Return an array; a ``KeyError`` where there is none of the name."""
        self.header(key)
        with self._member(key) as file, _in_one_line():
            return np.asarray(np.lib.format.read_array(file, allow_pickle=False))

    def header(self, key: str) -> Header:
        """Return an array's type and shape; its numbers are not read."""
        with self._member(key) as file, _in_one_line():
            return _header(file, self._opened.getinfo(f'{key}.npy').file_size)

    @contextmanager
    def _member(self, key: str) -> Iterator[IO[bytes]]:
        if key not in self.files:
            raise KeyError(key)
        with _in_one_line():
            file = self._opened.open(f'{key}.npy')
        with file:
            yield file


@contextmanager
def open_arrays(path: Path) -> Iterator[Archive]:
    """Open an ``.npz`` archive.

    Raises:
        TooLargeError: It unpacks to more than is unpacked of one file.
        ArrayFileError: It is no such archive, or is damaged.
        OSError: It cannot be read.
    """
    with ExitStack() as stack:
        with _in_one_line():
            opened = stack.enter_context(zip_archive(path))
        yield Archive(opened)


def load_array(path: Path, mmap_mode: Literal['r', 'c'] | None = None) -> NDArray[Any]:
    """Return the array in an ``.npy`` file.

    Args:
        path: The file.
        mmap_mode: As for ``numpy.load``; ``None`` reads all of it.

    Raises:
        ArrayFileError: It holds no array, Python objects, or fewer bytes than its header says.
        OSError: It cannot be read.
    """
    read_header(path)
    with _in_one_line():
        return np.asanyarray(np.load(path, mmap_mode=mmap_mode, allow_pickle=False))


def read_header(path: Path) -> Header:
    """Return type and shape of the array in an ``.npy`` file; its numbers are not read.

    Raises:
        ArrayFileError: It holds no array, Python objects, or fewer bytes than its header says.
        OSError: It cannot be read.
    """
    with regular(path).open('rb') as file, _in_one_line():
        return _header(file, os.fstat(file.fileno()).st_size)


def _header(file: IO[bytes], size: int) -> Header:
    """Read a header, and raise unless a file of ``size`` bytes can hold what it says."""
    version = np.lib.format.read_magic(file)
    if version not in HEADERS:  # 3.0, of names of columns in other scripts
        raise ArrayFileError(
            f'its header has version {version[0]}.{version[1]}, of tables with named columns'
        )
    shape, _, dtype = HEADERS[version](file)
    if dtype.hasobject:
        raise ObjectsError('it holds Python objects; write text or numbers')
    if dtype.names:
        raise ArrayFileError('it is a table with named columns; write one array for each')
    _check_shape(dtype, shape, size - file.tell())
    return dtype, shape


def _check_shape(dtype: np.dtype[Any], shape: Sequence[int], left: int) -> None:
    claimed = f'its header says {dtype} of shape {_short(shape)}'
    if any(length < 0 for length in shape):
        raise ArrayFileError(f'{claimed}, which is no shape')
    if (wanted := math.prod(shape) * dtype.itemsize) > left:
        raise ArrayFileError(f'{claimed}, {_short(wanted)} bytes, and it has {left:,}')
    if not wanted and max(shape, default=0) > MOST_EMPTY:
        raise ArrayFileError(f'{claimed}, which holds nothing')


def _short(value: object) -> str:
    text = f'{value:,}' if isinstance(value, int) else str(value)
    return text if len(text) < 100 else f'{text[:100]}...'


@contextmanager
def _in_one_line() -> Iterator[None]:
    """Turn what a decoder stumbles over into an ``ArrayFileError``; what says itself what to do passes."""
    try:
        yield
    except (OSError, KeyError, ArrayFileError, TooLargeError, UserError):
        raise
    except Exception as error:  # of zipfile, zlib, lzma, struct and NumPy's parser
        raise ArrayFileError(' '.join(str(error).split())[:300] or type(error).__name__) from error
