"""Packed files, unpacked piece by piece and no further than a limit, and zip archives, their lists looked at first."""

from __future__ import annotations

import bz2
import gzip
import io
import os
import struct
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from dann.core.limits import TooLargeError, check_unpacked, most_unpacked
from dann.core.regular import regular

PIECE = 1 << 20
OPENERS: dict[str, Callable[[Path], io.BufferedIOBase]] = {'.gz': gzip.GzipFile, '.bz2': bz2.BZ2File}
DIRECTORY = 256 << 20  # bytes that list about 2 million files
DEEPEST = 60  # folders in each other
END, LOCATOR_64, END_64 = b'PK\x05\x06', b'PK\x06\x07', b'PK\x06\x06'


def content(path: Path) -> bytes:
    """Return what a file holds, unpacked where it ends in ``.gz`` or ``.bz2``.

    Raises:
        TooLargeError: It unpacks to more than is unpacked of one file.
        OSError: It cannot be read, or is damaged.
        EOFError: It ends too early.
    """
    opener = OPENERS.get(regular(path).suffix)
    if opener is None:
        return path.read_bytes()
    with opener(path) as file:
        return b''.join(pieces(file, most_unpacked(path.stat().st_size)))


def pieces(file: io.BufferedIOBase, most: int) -> Iterator[bytes]:
    """Yield what comes out of a packed file, until it is ``most`` bytes.

    Raises:
        TooLargeError: More comes out.
    """
    size = 0
    while piece := file.read(PIECE):
        size += len(piece)
        check_unpacked(size, most, least=True)
        yield piece


@contextmanager
def zip_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive that unpacks to no more than is allowed, names nothing twice and lists files in measure.

    Python unpacks no more of a file than the archive's directory says, so that the directory can be believed.

    Raises:
        TooLargeError: It unpacks to too much, lists too many files, or nests them too deep.
        zipfile.BadZipFile: It is no zip archive, is damaged, or names a file twice.
        OSError: It cannot be read.
    """
    with regular(path).open('rb') as file:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            found = archive.infolist()
            check_unpacked(sum(each.file_size for each in found), most_unpacked(path.stat().st_size))
            check_names([each.filename for each in found if not each.is_dir()])
            yield archive


def check_names(names: list[str]) -> None:
    """Raise where files of an archive share a name, or lie in too many folders in each other.

    Raises:
        TooLargeError: A name has too many folders.
        zipfile.BadZipFile: Two files have one name.
    """
    for name in names:
        check_depth(name)
    if len({*names}) < len(names):
        name, count = Counter(names).most_common(1)[0]
        raise zipfile.BadZipFile(f'{name[:200]!r} is in it {count} times')


def check_depth(name: str) -> None:
    """Raise ``TooLargeError`` where a name in an archive has too many folders in each other."""
    if (depth := len(PurePosixPath(name.replace('\\', '/')).parts)) > DEEPEST:
        raise TooLargeError(
            f'holds {name[:40]!r}..., {depth:,} folders deep, and {DEEPEST} are made at most; pack it flatter'
        )


def _check_directory(file: IO[bytes]) -> None:
    """Raise where the list of files would take the memory of a machine; it is not read before."""
    size = _directory_size(file)
    if size > DIRECTORY:
        raise TooLargeError(
            f'lists its files in {size:,} bytes, and {DIRECTORY:,} are read at most; part it into several archives'
        )


def _directory_size(file: IO[bytes]) -> int:
    """Return the bytes of a zip archive's list of files, as Python's zipfile will read it; 0 where there is none."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - (1 << 16) - 22 - 76))
    tail = file.read()
    bare = (
        tail[-22:-18] == END and tail[-2:] == b'\0\0'
    )  # nothing is said about the archive behind the last record
    at = len(tail) - 22 if bare else tail.rfind(END)
    if at < 0 or len(tail) < at + 22:
        return 0
    if at >= 76 and tail[at - 20 : at - 16] == LOCATOR_64 and tail[at - 76 : at - 72] == END_64:
        return int(struct.unpack_from('<Q', tail, at - 36)[0])
    return int(struct.unpack_from('<L', tail, at + 12)[0])
