"""Zip and tar archives into a folder: nothing outside it, and no more than is allowed."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from dann.core.limits import TooLargeError, check_unpacked, most_unpacked
from dann.core.packed import check_depth, zip_archive

MEMBERS = 2_000_000  # of a tar archive
HEADER = 1 << 20  # bytes of a record that holds a long name
LONG = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


def extract(archive: Path, folder: Path) -> None:
    """Unpack an archive.

    Args:
        archive: Zip, or tar, packed or not.
        folder: Takes what is in it; is there already.

    Raises:
        TooLargeError: It unpacks to too much, or holds too many files, or too deep folders.
        OSError: It is damaged, or one of its names leads out of the folder.
        zipfile.BadZipFile: It is damaged.
        tarfile.TarError: The same.
    """
    if zipfile.is_zipfile(archive):
        with zip_archive(archive) as packed:
            for name in packed.namelist():
                _validate_inside(name)
            packed.extractall(folder)
        return
    with tarfile.open(archive, tarinfo=_Member) as packed_tar:
        most = most_unpacked(archive.stat().st_size)
        packed_tar.extractall(folder, _checked(packed_tar, most), filter='data')


def _validate_inside(name: str) -> None:
    parts = PurePosixPath(name.replace('\\', '/'))
    if parts.is_absolute() or '..' in parts.parts or ':' in parts.parts[:1]:
        raise OSError(f'{name!r} leads out of the folder')


class _Member(tarfile.TarInfo):
    """A member whose long name is read only where it is a name: tarfile takes all of one into memory."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Member:
        """Return the member that a header describes."""
        found = super().frombuf(buf, encoding, errors)
        if found.type in LONG and found.size > HEADER:
            raise TooLargeError(
                f'has a name of {found.size:,} bytes, and {HEADER:,} are read at most; pack it with shorter names'
            )
        return found


def _checked(archive: tarfile.TarFile, most: int) -> Iterator[tarfile.TarInfo]:
    """Yield the members one by one, as each is to be unpacked, until they are too many, too large or too deep."""
    size = 0
    for number, member in enumerate(archive, 1):
        size += member.size
        check_unpacked(size, most, least=True)
        check_depth(member.name)
        if number > MEMBERS:
            raise TooLargeError(f'holds more than {MEMBERS:,} files; part it into several archives')
        yield member
