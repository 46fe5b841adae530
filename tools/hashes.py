"""The checksums of what pip may install at the versions of ``constraints.txt``: ``python -m tools.hashes``.

Writes ``constraints-hashes.txt``, the requirements that ``make install HASHES=1`` hands to ``pip --require-hashes``. It
has the wheels of the supported Pythons for Linux (x86_64, aarch64), macOS and Windows, as the index of pip's
configuration names them. Further indexes and folders there add what that index lacks: where they have a build of their
own for Linux, such as torch 2.13.0+cpu, Linux takes that.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import Version

from dann.core.errors import RunError, UserError
from tools.minimum import ROOT, pinned

PINS, HASHES = 'constraints.txt', 'constraints-hashes.txt'
HEADER = """\
# Written by `python -m tools.hashes` from constraints.txt; see "Installing with checksums" in SECURITY.md.
# On Linux torch is a build for CPUs, of an index that has it, such as PyTorch's own; torch with CUDA is not here.
"""
PYPI = 'https://pypi.org/simple'
ACCEPT = 'application/vnd.pypi.simple.v1+json, text/html;q=0.5'
MINORS = range(11, 14)
PLATFORM = re.compile(r'any|(many)?linux.*_(x86_64|aarch64)|macosx_.*|win_(amd64|arm64)')
LINUX, NOT_LINUX = "sys_platform == 'linux'", "sys_platform != 'linux'"
# what only one system needs, and others have no use for
ONLY = {
    'appnope': "sys_platform == 'darwin'",
    'jeepney': LINUX,
    'pywin32-ctypes': "sys_platform == 'win32'",
    'secretstorage': LINUX,
}
# parts of a package that others ask for, which pip takes for a requirement without checksums where they are not named
EXTRAS = {
    'coverage': 'toml',
    'fsspec': 'http',
    'jsonargparse': 'signatures',
    'mkdocstrings': 'python',
    'opentelemetry-exporter-http-transport': 'requests',
    'pooch': 'progress',
}
Fetch = Callable[[str], tuple[str, bytes] | None]


@dataclass(frozen=True, slots=True)
class Places:
    """Where pip looks.

    Args:
        index: Address of the package index.
        more: Addresses of further indexes.
        folders: Folders with wheels.
    """

    index: str = PYPI
    more: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()


def places(listing: str) -> Places:
    """Return the places that ``pip config list`` names; a variable of the environment comes before a file."""
    found: dict[str, list[str]] = {}
    for line in sorted(listing.splitlines(), key=lambda each: not each.startswith(':env:')):
        key, _, value = line.partition('=')
        found.setdefault(key.rpartition('.')[2], str(ast.literal_eval(value)).split())
    folders = [Path(urllib.parse.urlsplit(place).path) for place in found.get('find-links', [])]
    index = found.get('index-url', [PYPI])[0]
    return Places(index, tuple(found.get('extra-index-url', [])), tuple(folders))


def fetched(address: str) -> tuple[str, bytes] | None:
    """Return the type and contents of a page; ``None`` where there is none.

    Raises:
        RunError: The index does not answer.
    """
    parts = urllib.parse.urlsplit(address)
    if parts.scheme == 'file':
        path = Path(urllib.request.url2pathname(parts.path)) / 'index.html'
        return ('text/html', path.read_bytes()) if path.is_file() else None
    asked = urllib.request.Request(address, headers={'Accept': ACCEPT})
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.headers.get_content_type(), answer.read()
    except OSError as error:
        if isinstance(error, urllib.error.HTTPError) and error.code == 404:
            return None
        raise RunError(f'the package index does not answer ({error}); try again once it does') from error


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        parts = urllib.parse.urlsplit(dict(attrs).get('href') or '')
        known = urllib.parse.parse_qs(parts.fragment).get('sha256')
        if tag == 'a' and known:
            self.files[urllib.parse.unquote(parts.path).rpartition('/')[2]] = known[0]


def listed(kind: str, page: bytes) -> dict[str, str]:
    """Return the files of a page of an index, PEP 691's or PEP 503's: name -> sha256."""
    if kind.endswith('json'):
        files = json.loads(page)['files']
        return {each['filename']: each['hashes']['sha256'] for each in files if 'sha256' in each['hashes']}
    links = _Links()
    links.feed(page.decode())
    return links.files


def fits(filename: str, version: str) -> bool:
    """Whether a file is a wheel of this version, or a local build of it, for a supported system and Python."""
    try:
        _, found, _, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        return False
    return found.public == Version(version).public and any(map(_is_supported, tags))


def _is_supported(tag: Tag) -> bool:
    if not PLATFORM.fullmatch(tag.platform):
        return False
    if tag.abi == 'abi3':
        return int(tag.interpreter.removeprefix('cp3') or 0) <= max(MINORS)
    if tag.interpreter.startswith('py3'):
        return tag.interpreter == 'py3' or tag.interpreter in {f'py3{minor}' for minor in MINORS}
    return tag.interpreter in {f'cp3{minor}' for minor in MINORS} and tag.abi in ('none', tag.interpreter)


def hashes(name: str, version: str, where: Places, fetch: Fetch = fetched) -> dict[str, str]:
    """Return the files of a pinned package: name -> sha256.

    Args:
        name: Of the package, as an index writes it.
        version: The pinned one.
        where: The places to look in.
        fetch: Returns type and contents of a page.

    Raises:
        UserError: There is no such file, or a further place has another file under a name of the index.
    """
    known = _of_index(where.index, name, version, fetch)
    for more in [
        *(_of_index(each, name, version, fetch) for each in where.more),
        _of_folders(where, name, version),
    ]:
        for filename, digest in more.items():
            if known.setdefault(filename, digest) != digest:
                raise UserError(
                    f'{filename} of a further index or folder is not the file of the package index; take that place '
                    "out of pip's configuration"
                )
    if not known:
        raise UserError(f'the package index has no wheel of {name}=={version}; pin another version')
    return known


def _of_index(index: str, name: str, version: str, fetch: Fetch) -> dict[str, str]:
    page = fetch(f'{index.rstrip("/")}/{name}/')
    found = listed(*page) if page else {}
    return {filename: digest for filename, digest in found.items() if fits(filename, version)}


def _of_folders(where: Places, name: str, version: str) -> dict[str, str]:
    paths = (path for folder in where.folders for path in folder.glob('*.whl') if fits(path.name, version))
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if parse_wheel_filename(path.name)[0] == name
    }


def requirements(known: Mapping[str, str], where: Places, fetch: Fetch = fetched) -> str:
    """Return the file with a requirement for each pinned package: its version, the system it is for, its checksums.

    Args:
        known: Versions of the packages.
        where: The places to look in.
        fetch: Returns type and contents of a page.
    """
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda name: hashes(name, known[name], where, fetch), known))
    lines = [
        line for name, files in zip(known, found, strict=True) for line in _entries(name, known[name], files)
    ]
    return HEADER + '\n'.join(lines) + '\n'


def _entries(name: str, version: str, files: Mapping[str, str]) -> Iterator[str]:
    """Yield the requirement of a package, or that of Linux and that of the others where Linux has a local build."""
    local = {filename: str(parse_wheel_filename(filename)[1]) for filename in files if '+' in filename}
    for built in sorted(set(local.values())):
        of_linux = [files[each] for each in local if local[each] == built and 'linux' in each]
        yield _entry(name, built, LINUX, of_linux)
    rest = [
        digest
        for filename, digest in files.items()
        if filename not in local and not (local and 'linux' in filename)
    ]
    yield _entry(name, version, NOT_LINUX if local else ONLY.get(name), rest)


def _entry(name: str, version: str, marker: str | None, digests: Sequence[str]) -> str:
    extra = f'[{EXTRAS[name]}]' if name in EXTRAS else ''
    where = f' ; {marker}' if marker else ''
    lines = [f'{name}{extra}=={version}{where}', *(f'--hash=sha256:{each}' for each in sorted(digests))]
    return ' \\\n    '.join(lines)


def main() -> int:
    """Write the file; return 0, or the status of what is wrong."""
    listing = subprocess.run(
        [sys.executable, '-m', 'pip', 'config', 'list'], capture_output=True, encoding='utf-8', check=True
    ).stdout
    try:
        text = requirements(pinned((ROOT / PINS).read_text(encoding='utf-8')), places(listing))
    except UserError as error:
        print(f'dann: {error}', file=sys.stderr)
        return error.status
    (ROOT / HASHES).write_text(text, encoding='utf-8')
    print(f'{HASHES}: {text.count("--hash=")} checksums')
    return 0


if __name__ == '__main__':
    sys.exit(main())
