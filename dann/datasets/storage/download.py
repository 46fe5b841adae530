"""Fetching published files: whole, checked, or not at all."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO, Any

from dann.core.errors import RunError, UserError, check

ATTEMPTS = 3
CHUNK = 1 << 20
BROKEN = (OSError, http.client.HTTPException)


def fetch(url: str, path: Path, digest: str, *, timeout: float = 30) -> Path:
    """Download one file; at once where it is already there.

    The file appears under its name whole and checked, or not at all. A connection that breaks off is taken up
    again where it broke, or anew where the server cannot.

    Args:
        url: Where it is published, ``http`` or ``https``.
        path: Where it is to be.
        digest: Its sha256 or md5 in hex.
        timeout: Seconds without an answer after which an attempt is given up.

    Returns:
        ``path``.

    Raises:
        UserError: What is at ``path`` is another file, or the folder cannot be written.
        RunError: The server refuses, the connection breaks for good, or what came is another file.
    """
    check(len(digest) in (32, 64), f'expected a sha256 or md5 in hex, got {digest!r}')
    check(url.startswith(('http://', 'https://')), f'expected a web address, got {url!r}')
    if path.exists():
        return _known(path, digest)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f'.{path.name}-', suffix='.part')
    except OSError as error:
        msg = f'cannot write to {path.parent} ({error.strerror}); set DANN_DATA to a folder you can write'
        raise UserError(msg) from error
    draft = Path(name)
    try:
        with os.fdopen(handle, 'wb') as file:
            _download(url, file, path, timeout)
        _compare(url, draft, path, digest)
        draft.chmod(0o644)  # mkstemp's would keep others out of a shared folder
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def unpack(archive: Path, folder: Path, inner: str = '.') -> Path:
    """Unpack a zip or tar archive into ``folder``, which appears whole or not at all.

    Args:
        archive: The file.
        folder: Must not exist yet.
        inner: Folder inside the archive that becomes ``folder``; what lies beside it is dropped.

    Returns:
        ``folder``.

    Raises:
        UserError: ``folder`` is taken.
        RunError: The archive is damaged, or one of its names leads out of the folder.
    """
    if folder.exists():
        raise UserError(f'expected no {folder} before {archive.name} is unpacked; move it away')
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix='.draft-'))
    try:
        _extract(archive, draft)
        draft.chmod(0o755)  # mkdtemp's would keep others out of a shared folder
        (draft / inner).resolve().rename(folder)
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, tarfile.TarError) as error:
        msg = f'cannot unpack {archive} ({error}); delete it and fetch it again, or unpack it by hand as {folder}'
        raise RunError(msg) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _extract(archive: Path, folder: Path) -> None:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for name in packed.namelist():
                _refuse_outside(name)
            packed.extractall(folder)
        return
    with tarfile.open(archive) as packed_tar:
        packed_tar.extractall(folder, filter='data')


def _refuse_outside(name: str) -> None:
    parts = PurePosixPath(name.replace('\\', '/'))
    if parts.is_absolute() or '..' in parts.parts or ':' in parts.parts[:1]:
        raise OSError(f'{name!r} leads out of the folder')


def by_hand(url: str, path: Path) -> str:
    """Return the sentence that says how to do without the download."""
    return f'fetch {url} by hand and place it as {path}'


def _known(path: Path, digest: str) -> Path:
    if _digest(path, digest) != digest.lower():
        raise UserError(
            f'{path} is not the published file (expected {digest}); move it away to have it fetched'
        )
    return path


def _compare(url: str, draft: Path, path: Path, digest: str) -> None:
    if (found := _digest(draft, digest)) != digest.lower():
        msg = f'expected {digest} as checksum of {url}, got {found}: not the published file; {by_hand(url, path)}'
        raise RunError(msg)


def _digest(path: Path, like: str) -> str:
    with path.open('rb') as file:
        return hashlib.file_digest(file, 'sha256' if len(like) == 64 else 'md5').hexdigest()


def _download(url: str, file: IO[bytes], path: Path, timeout: float) -> None:
    """Write all of ``url`` into ``file``, in as many attempts as are allowed."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _continue(url, file, path.name, timeout)
        except BROKEN as error:
            refused = isinstance(error, urllib.error.HTTPError) and error.code < 500
            if refused or attempt == ATTEMPTS:
                why = ' '.join(str(error).split()) or type(error).__name__
                raise RunError(f'cannot fetch {url} ({why}); {by_hand(url, path)}') from error
            time.sleep(0.1 * attempt)
        else:
            return


def _continue(url: str, file: IO[bytes], name: str, timeout: float) -> None:
    """Ask for what is missing of the file and append it."""
    headers = {'User-Agent': 'dann', 'Accept-Encoding': 'identity'}
    if start := file.tell():
        headers['Range'] = f'bytes={start}-'
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        if answer.status != http.HTTPStatus.PARTIAL_CONTENT and start:
            start = file.seek(0)
            file.truncate()
        size = answer.headers.get('Content-Length')
        total = start + int(size) if size else None
        _copy(answer, file, total, Progress(name, total))


def _copy(answer: Any, file: IO[bytes], total: int | None, progress: Progress) -> None:
    while chunk := answer.read(CHUNK):
        file.write(chunk)
        progress.show(file.tell())
    progress.end()
    if total is not None and file.tell() != total:
        raise http.client.IncompleteRead(b'', total - file.tell())


class Progress:
    """One line that says how far a download has come, where there is a terminal to say it on.

    Args:
        name: Of the file.
        total: Its bytes; ``None`` where the server does not tell.
    """

    def __init__(self, name: str, total: int | None) -> None:
        self.name, self.total = name, total
        self.shown = 0.0

    def show(self, done: int) -> None:
        """Rewrite the line, a few times a second."""
        if not sys.stderr.isatty() or time.monotonic() - self.shown < 0.2:
            return
        self.shown = time.monotonic()
        share = f' of {self.total / 1e6:.1f} MB ({done / self.total:.0%})' if self.total else ' MB'
        print(f'\r{self.name}: {done / 1e6:.1f}{share}', end='', file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self.shown:
            print(file=sys.stderr)
