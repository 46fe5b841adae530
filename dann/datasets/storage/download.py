"""Fetching published files: whole, checked, or not at all."""

from __future__ import annotations

import sys
import tempfile
import time
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any

import pooch

from dann.core.errors import RunError, UserError, check
from dann.core.limits import TooLargeError
from dann.datasets.storage.archives import extract
from dann.datasets.storage.drafts import drafting

ATTEMPTS = 3
CHUNK = 1 << 16
HEADERS = {'User-Agent': 'dann', 'Accept-Encoding': 'identity'}


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
    kind = 'sha256' if len(digest) == 64 else 'md5'
    if path.exists():
        if pooch.file_hash(path, kind) != digest.lower():
            raise UserError(
                f'{path} is not the published file (expected {digest}); move it away to have it fetched'
            )
        return path
    _make_folder(path.parent)
    pooch.get_logger().setLevel('WARNING')  # it announces each file on the error stream
    download = partial(_download, timeout=timeout)
    try:
        pooch.retrieve(url, f'{kind}:{digest.lower()}', path.name, path.parent, downloader=download)
    except ValueError as error:  # another checksum: what is expected and what came, then advice of pooch's
        why = _line(error).partition('. ')[0]
        raise RunError(f'{url} is not the published file ({why}); {by_hand(url, path)}') from error
    except OSError as error:  # what requests raises is one
        raise RunError(f'cannot fetch {url} ({_line(error)}); {by_hand(url, path)}') from error
    path.chmod(0o644)  # that of a temporary file would keep others out of a shared folder
    return path


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        msg = f'cannot write to {folder} ({error.strerror}); set DANN_DATA to a folder you can write'
        raise UserError(msg) from error


def _download(url: str, draft: str, _: Any, *, timeout: float) -> None:
    """Write all of ``url`` into a file, in as many attempts as are allowed; pooch calls it."""
    with Path(draft).open('wb') as file:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                _continue(url, file, timeout)
            except OSError as error:
                status = getattr(getattr(error, 'response', None), 'status_code', 500)
                if status < 500 or attempt == ATTEMPTS:
                    raise
                time.sleep(0.1 * attempt)
            else:
                return


def _continue(url: str, file: IO[bytes], timeout: float) -> None:
    """Ask for what is missing of the file and append it, with a progress bar on a terminal."""

    def restart(answer: Any, **_: Any) -> None:
        if answer.status_code == HTTPStatus.OK:  # all of it, where a part was asked for
            file.seek(0)
            file.truncate()

    start = file.tell()
    headers = HEADERS | ({'Range': f'bytes={start}-'} if start else {})
    options = {'timeout': timeout, 'headers': headers, 'hooks': {'response': restart}}
    pooch.HTTPDownloader(sys.stderr.isatty(), CHUNK, **options)(url, file, None)


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
        RunError: The archive is damaged or too large, or one of its names leads out of the folder.
    """
    if folder.exists():
        raise UserError(f'expected no {folder} before {archive.name} is unpacked; move it away')
    try:
        with drafting(folder) as draft:
            extract(archive, draft)
            (draft / inner).resolve().rename(folder)
    except TooLargeError as error:
        raise RunError(f'{archive} {error}, or unpack it by hand as {folder}') from error
    except UserError:
        raise
    except Exception as error:  # a damaged file may fail in any way of its decoder
        why = f'cannot unpack {archive} ({_line(error)})'
        raise RunError(f'{why}; delete it and fetch it again, or unpack it by hand as {folder}') from error
    return folder


def by_hand(url: str, path: Path) -> str:
    """Return the sentence that says how to do without the download."""
    return f'fetch {url} by hand and place it as {path}'


def _line(error: Exception) -> str:
    return ' '.join(str(error).split()) or type(error).__name__
