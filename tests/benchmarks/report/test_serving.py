"""A running benchmark is followed: what a browser asks for, over a real connection."""

import html
import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from benchmarks_fake import history, write_folder, write_job

from dann.benchmarks.report import serving
from dann.benchmarks.report.serving import Follower, Server, serve
from dann.core.errors import UserError


@pytest.fixture(autouse=True)
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, 'illustrate', lambda results, table: [])


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    with Server(Follower(folder), port=0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def fetch(server: Server, path: str = '') -> str:
    with urllib.request.urlopen(server.address + path) as answer:
        text: str = answer.read().decode()
        return text


def test_the_page_follows_the_run_and_writes_nothing(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {}, pictures=False, benchmark={'methods': {'source_only': {}}})
    with served(folder) as server:
        assert 'No job is complete yet' in fetch(server)
        before = json.loads(fetch(server, 'progress'))
        assert (before['done'], before['planned'], before['text']) == (0, 3, '0 of 3 jobs done.')
        write_job(folder, history('source_only', 0, 0.6), pictures=False)
        after = json.loads(fetch(server, 'progress'))
        assert (after['done'], after['version'] != before['version']) == (1, True)
        page = html.unescape(fetch(server))
        assert f'data-version="{after["version"]}"' in page
        assert '1 of 3 jobs done.' in page
        assert "connect-src 'self'" in page
        assert '60.0' in page
    assert not (folder / 'report.html').exists()


def test_the_page_is_made_once_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def page(*_: object, **__: object) -> str:
        made.append('made')
        return 'made'

    monkeypatch.setattr(serving, 'render_page', page)
    follower = Follower(write_folder(tmp_path, {'source_only': [0.6]}, pictures=False))
    assert follower.page() == follower.page() == 'made'
    assert len(made) == 1


def test_an_error_is_shown_on_the_page(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {'source_only': [0.6]}, pictures=False)
    next(folder.glob('jobs/*/records.jsonl')).write_text('not a record\n')
    assert 'The report cannot be made: ' in (page := Follower(folder).page())
    assert 'not JSON' in page


def test_a_name_that_is_no_text_is_served_too(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {'source_only': [0.6]}, pictures=False, benchmark={'title': 'nuit\udce9'})
    with served(folder) as server:
        assert 'nuit\\udce9' in fetch(server)


def test_other_addresses_and_other_hosts_are_refused(tmp_path: Path) -> None:
    with served(write_folder(tmp_path, {}, pictures=False)) as server:
        assert server.server_address[0] == '127.0.0.1'
        for path, host, status in (('/x', 'localhost:1', 404), ('/', 'elsewhere.example:1', 403)):
            connection = HTTPConnection('127.0.0.1', server.server_address[1])
            connection.request('GET', path, headers={'Host': host})
            assert connection.getresponse().status == status
            connection.close()


def test_what_cannot_be_served_is_one_line(tmp_path: Path) -> None:
    with Server(Follower(tmp_path), port=0) as server:
        port = server.server_address[1]
        with pytest.raises(UserError, match=f'port {port} is in use; pass another one with --port'):
            serve(tmp_path, port)
    with pytest.raises(UserError, match='port 70000 cannot be opened'):
        serve(tmp_path, 70000)
    with pytest.raises(UserError, match=r'there is no folder .*none; start `dann benchmark`'):
        serve(tmp_path / 'none')
    write_folder(tmp_path / 'suite' / 'one', {'source_only': [0.6]}, pictures=False)
    with pytest.raises(UserError, match=r'holds several benchmarks; name one of them, for example .*one'):
        serve(tmp_path / 'suite')


def test_an_interrupt_ends_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(server: Server) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Server, 'serve_forever', interrupted)
    serve(tmp_path, 0)
    first, last = capsys.readouterr().out.replace('\r', '').splitlines()
    assert first.startswith(f'Following {tmp_path} at http://127.0.0.1:')
    assert last == f'Stopped following {tmp_path}.'
