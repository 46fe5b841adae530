"""Readers of data sets that are published as a few large files: where these lie, and how they become arrays."""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from dann.core.errors import check
from dann.core.limits import check_unpacked, most_unpacked
from dann.core.numpy_files import open_arrays
from dann.core.packed import PIECE, content


@dataclass(frozen=True, slots=True)
class Part:
    """The training or the test part as published.

    Args:
        images: uint8, shape ``(N, H, W)`` or ``(N, H, W, C)``.
        labels: Classes, shape ``(N,)``.

    Raises:
        CheckError: The arrays are of other kinds, or not of equal length.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.integer]

    def __post_init__(self) -> None:
        kind = f'{self.images.dtype} {self.images.shape}'
        check(
            self.images.dtype == np.uint8 and self.images.ndim in (3, 4),
            f'expected uint8 images of shape (N, H, W) or (N, H, W, C), got {kind}',
        )
        check(
            self.labels.shape == self.images.shape[:1],
            f'expected {len(self.images)} labels, got {self.labels.shape}',
        )

    @property
    def channels_first(self) -> NDArray[np.uint8]:
        """Images of shape ``(N, C, H, W)``."""
        return self.images[:, None] if self.images.ndim == 3 else np.moveaxis(self.images, 3, 1)


PACKED = 15  # the kind of a packed variable in a MATLAB file
Reader = Callable[[Sequence[Path]], tuple[Part, Part]]


@dataclass(frozen=True, slots=True)
class Layout:
    """One way in which a data set lies on disk.

    Args:
        folders: Where it may be, below the root, the likeliest first.
        files: Names of all its files; each may also carry ``.gz``.
        read: Makes the training and the test part from their paths.
    """

    folders: tuple[str, ...]
    files: tuple[str, ...]
    read: Reader

    def find(self, place: Path) -> list[Path] | None:
        """Return the paths of all files below ``place``, or ``None`` if one is missing."""
        for folder in self.folders:
            found = [_present(place / folder / name) for name in self.files]
            paths = [path for path in found if path]
            if len(paths) == len(found):
                return paths
        return None


def _present(path: Path) -> Path | None:
    packed = path.with_name(f'{path.name}.gz')
    return next((name for name in (path, packed) if name.is_file()), None)


def read_npz(paths: Sequence[Path]) -> tuple[Part, Part]:
    """Read ``x_train``, ``y_train``, ``x_test`` and ``y_test`` of one archive."""
    with open_arrays(paths[0]) as arrays:
        return (
            Part(arrays['x_train'], arrays['y_train']),
            Part(arrays['x_test'], arrays['y_test']),
        )


def read_idx(paths: Sequence[Path]) -> tuple[Part, Part]:
    """Read four IDX files: training images and labels, test images and labels."""
    arrays = [idx(path) for path in paths]
    return Part(arrays[0], arrays[1]), Part(arrays[2], arrays[3])


def idx(path: Path) -> NDArray[np.uint8]:
    """Return the bytes of an IDX file, which may be packed by gzip.

    Its header has two zeros, the type (8 for bytes), the number of axes, and the big-endian length of each.

    Raises:
        CheckError: It is no such file, or not all of one.
    """
    data = content(path)
    check(data[:3] == b'\0\0\x08' and len(data) > 3, f'expected an IDX file of bytes, got {data[:4]!r}')
    start = 4 + 4 * data[3]
    shape = np.frombuffer(data[4:start], '>u4').tolist()
    size = math.prod(shape)
    check(len(data) == start + size, f'expected {size} bytes of content, got {len(data) - start}')
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def read_libsvm(paths: Sequence[Path]) -> tuple[Part, Part]:
    """Read two files of lines ``label index:value ...``: square images in [-1, 1], labels that count from 1."""
    train, test = (_libsvm(path) for path in paths)
    return train, test


def _libsvm(path: Path, side: int = 16) -> Part:
    from sklearn.datasets import load_svmlight_file  # takes a second, and only this layout needs it

    rows, labels = load_svmlight_file(io.BytesIO(content(path)), n_features=side * side, zero_based=False)
    pixels = np.rint((rows.toarray() + 1) * 127.5).clip(0, 255).astype(np.uint8)
    return Part(pixels.reshape(-1, side, side), labels.astype(np.int64) - 1)


def read_matlab(paths: Sequence[Path]) -> tuple[Part, Part]:
    """Read MATLAB files with ``X``, shape ``(H, W, C, N)``, and ``y``, where 10 stands for the digit 0.

    The second file is the test part; a third adds to the training part.
    """
    train, test, *extra = (_matlab(path) for path in paths)
    for part in extra:
        train = Part(np.concatenate([train.images, part.images]), np.concatenate([train.labels, part.labels]))
    return train, test


def _matlab(path: Path) -> Part:
    from scipy.io import loadmat

    _check_matlab(path)
    arrays = loadmat(path, variable_names=['X', 'y'])
    return Part(np.moveaxis(arrays['X'], 3, 0), arrays['y'].ravel().astype(np.int64) % 10)


def _check_matlab(path: Path) -> None:
    """Raise where the packed variables of a file of version 5 unpack to too much; SciPy unpacks all of each."""
    most, size = most_unpacked(path.stat().st_size), 0
    with path.open('rb') as file:
        start = file.read(128)
        order = '<' if start[126:] == b'IM' else '>'
        while len(tag := file.read(8)) == 8:
            kind, length = struct.unpack(f'{order}LL', tag)
            if kind != PACKED:
                file.seek(length, 1)
                continue
            for piece in _inflated(file, length):
                check_unpacked(size := size + piece, most, least=True)


def _inflated(file: IO[bytes], length: int) -> Iterator[int]:
    """Yield how many bytes come out of ``length`` packed ones, piece by piece."""
    unpacker = zlib.decompressobj()
    while length > 0 and (packed := file.read(min(length, PIECE))):
        length -= len(packed)
        while packed:
            yield len(unpacker.decompress(packed, PIECE))
            packed = unpacker.unconsumed_tail
