"""A download is whole and checked, or nothing is left of it and the error says what to do by hand."""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from dann.core.errors import RunError, UserError
from dann.datasets.storage import download
from dann.datasets.storage.download import fetch, unpack

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Serves the content, whole or with the faults that a path asks for."""

    asked: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        """Answer."""
        wanted = self.headers.get('Range')
        self.asked.append((self.path, wanted))
        if self.path == '/missing':
            return self.send_error(404)
        if self.path == '/down':
            return self.send_error(503)
        if self.path == '/moved':
            self.send_response(302)
            self.send_header('Location', '/cut')
            self.end_headers()
            return None
        start = int(wanted.removeprefix('bytes=').rstrip('-')) if wanted and self.path != '/anew' else 0
        body = CONTENT[start:]
        self.send_response(206 if start else 200)
        if self.path != '/unsized':
            self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        first = len([path for path, _ in self.asked if path == self.path]) == 1
        cut = self.path == '/always-cut' or (self.path in ('/cut', '/anew') and first)
        self.wfile.write(body[: len(body) // 2] if cut else body)
        return None

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    Handler.asked.clear()
    monkeypatch.setattr(time, 'sleep', lambda _: None)
    monkeypatch.setattr(download, 'CHUNK', 1024)  # what a broken connection may lose
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    with ThreadingHTTPServer(('127.0.0.1', 0), Handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{served.server_address[1]}'
        served.shutdown()


@pytest.mark.parametrize('digest', [SHA256, MD5, SHA256.upper()])
@pytest.mark.parametrize('name', ['whole', 'unsized', 'cut', 'anew'])
def test_a_file_arrives_whole(server: str, tmp_path: Path, digest: str, name: str) -> None:
    path = tmp_path / 'a' / 'b' / 'file.bin'
    assert fetch(f'{server}/{name}', path, digest) == path
    assert path.read_bytes() == CONTENT
    assert [entry.name for entry in path.parent.iterdir()] == ['file.bin']
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_connection_that_broke_is_taken_up_where_it_broke(server: str, tmp_path: Path) -> None:
    fetch(f'{server}/cut', tmp_path / 'file', SHA256)
    assert Handler.asked == [('/cut', None), ('/cut', f'bytes={len(CONTENT) // 2}-')]


def test_a_redirected_connection_that_broke_keeps_what_came(server: str, tmp_path: Path) -> None:
    fetch(f'{server}/moved', tmp_path / 'file', SHA256)
    part = f'bytes={len(CONTENT) // 2}-'
    assert Handler.asked == [('/moved', None), ('/cut', None), ('/moved', part), ('/cut', part)]


def test_a_file_that_is_there_is_not_asked_for(server: str, tmp_path: Path) -> None:
    path = tmp_path / 'file'
    path.write_bytes(CONTENT)
    fetch(f'{server}/whole', path, MD5)
    assert Handler.asked == []
    path.write_bytes(b'mine')
    with pytest.raises(UserError, match=r'is not the published file .*; move it away to have it fetched'):
        fetch(f'{server}/whole', path, MD5)
    assert path.read_bytes() == b'mine'


@pytest.mark.parametrize(
    ('name', 'said', 'times'),
    [('missing', '404', 1), ('down', '503', 3), ('always-cut', 'IncompleteRead', 3)],
)
def test_a_download_that_fails_leaves_nothing(
    server: str, tmp_path: Path, name: str, said: str, times: int
) -> None:
    path = tmp_path / 'file'
    hand = rf'; fetch {server}/{name} by hand and place it as {path}$'
    with pytest.raises(RunError, match=rf'cannot fetch {server}/{name} \(.*{said}.*\){hand}'):
        fetch(f'{server}/{name}', path, SHA256)
    assert list(tmp_path.iterdir()) == []
    assert len(Handler.asked) == times


def test_nobody_at_home_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    with pytest.raises(RunError, match=r'cannot fetch http.*refused.*; fetch http.* by hand and place it as'):
        fetch('http://127.0.0.1:9/file', tmp_path / 'file', SHA256)
    assert list(tmp_path.iterdir()) == []


def test_another_file_is_not_kept(server: str, tmp_path: Path) -> None:
    wrong = '0' * 64
    with pytest.raises(
        RunError,
        match=rf'whole is not the published file \(.*{wrong} but got {SHA256}\); .* place it as .*file$',
    ):
        fetch(f'{server}/whole', tmp_path / 'file', wrong)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_download_leaves_nothing(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: str, file: Any, timeout: float) -> None:
        file.write(CONTENT[:100])
        raise KeyboardInterrupt

    monkeypatch.setattr(download, '_continue', stop)
    with pytest.raises(KeyboardInterrupt):
        fetch(f'{server}/whole', tmp_path / 'file', SHA256)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_says_what_to_do(server: str, tmp_path: Path) -> None:
    (tmp_path / 'file').touch()
    with pytest.raises(
        UserError, match=r'cannot write to .* \(.+\); set DANN_DATA to a folder you can write'
    ):
        fetch(f'{server}/whole', tmp_path / 'file' / 'below' / 'x', SHA256)
    assert Handler.asked == []


@pytest.mark.parametrize('url', ['file:///etc/hosts', 'ftp://host/x'])
def test_only_web_addresses_are_fetched(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match='expected a web address'):
        fetch(url, tmp_path / 'file', SHA256)
    with pytest.raises(ValueError, match=r"expected a sha256 or md5 in hex, got 'abc'"):
        fetch('https://host/x', tmp_path / 'file', 'abc')


class Terminal(io.StringIO):
    """Claims to be a terminal."""

    def isatty(self) -> bool:
        """Lie."""
        return True


def test_progress_is_shown_on_a_terminal_only(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stream, shown in ((io.StringIO(), False), (Terminal(), True)):
        monkeypatch.setattr(sys, 'stderr', stream)
        fetch(f'{server}/whole', tmp_path / str(shown), SHA256)
        assert ('100%' in stream.getvalue()) is shown
        assert bool(stream.getvalue()) is shown


def packed(path: Path, names: list[str]) -> Path:
    if path.suffix == '.zip':
        with zipfile.ZipFile(path, 'w') as archive:
            for name in names:
                archive.writestr(name, name)
        return path
    with tarfile.open(path, 'w:gz' if path.suffix == '.tgz' else 'w') as tar:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size = len(name)
            tar.addfile(entry, io.BytesIO(name.encode()))
    return path


@pytest.mark.parametrize('kind', ['zip', 'tar', 'tgz'])
def test_an_archive_is_unpacked_whole(tmp_path: Path, kind: str) -> None:
    archive = packed(tmp_path / f'archive.{kind}', ['x/one', 'x/y/two'])
    folder = unpack(archive, tmp_path / 'out' / 'there')
    assert (folder / 'x/one').read_text() == 'x/one'
    assert (folder / 'x/y/two').read_text() == 'x/y/two'
    assert [path.name for path in folder.parent.iterdir()] == ['there']
    with pytest.raises(UserError, match=r'expected no .*there before archive'):
        unpack(archive, folder)


@pytest.mark.parametrize('kind', ['zip', 'tar'])
def test_a_folder_of_an_archive_is_unpacked_alone(tmp_path: Path, kind: str) -> None:
    archive = packed(tmp_path / f'archive.{kind}', ['x/y/one', 'x/two', 'three'])
    folder = unpack(archive, tmp_path / 'out', 'x')
    assert (folder / 'y/one').read_text() == 'x/y/one'
    assert sorted(path.name for path in folder.iterdir()) == ['two', 'y']
    with pytest.raises(RunError, match=r'cannot unpack .*No such file'):
        unpack(archive, tmp_path / 'other', 'z')
    assert sorted(path.name for path in tmp_path.iterdir()) == [archive.name, 'out']


@pytest.mark.parametrize('kind', ['zip', 'tar'])
@pytest.mark.parametrize('name', ['../evil', 'x/../../evil', '/evil/../../evil'])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    inner = tmp_path / 'inner'
    inner.mkdir()
    archive = packed(tmp_path / f'archive.{kind}', ['fine', name])
    with pytest.raises(RunError, match=r'cannot unpack .*; delete it and fetch it again'):
        unpack(archive, inner / 'out')
    assert list(inner.iterdir()) == []
    assert not list(tmp_path.rglob('evil'))


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / 'archive.tar', 'w') as tar:
        entry = tarfile.TarInfo('link')
        entry.type, entry.linkname = tarfile.SYMTYPE, '/etc'
        tar.addfile(entry)
    with pytest.raises(RunError, match='cannot unpack'):
        unpack(tmp_path / 'archive.tar', tmp_path / 'out')
    assert [path.name for path in tmp_path.iterdir()] == ['archive.tar']


@pytest.mark.parametrize('content', [b'', b'not an archive', b'PK\x03\x04 nor this'])
def test_a_damaged_archive_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    archive = tmp_path / 'archive.zip'
    archive.write_bytes(content)
    with pytest.raises(RunError, match='cannot unpack'):
        unpack(archive, tmp_path / 'out')
    assert [path.name for path in tmp_path.iterdir()] == ['archive.zip']
