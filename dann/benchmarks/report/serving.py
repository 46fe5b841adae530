"""The report of a benchmark that is still running, served to this machine alone."""

from __future__ import annotations

import errno
import json
import threading
from dataclasses import asdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from dann.benchmarks.report.illustrations import illustrate
from dann.benchmarks.report.page import render_page
from dann.benchmarks.report.rendering import render
from dann.benchmarks.report.report import BenchmarkReport
from dann.benchmarks.results.opened import suite_folders
from dann.benchmarks.results.underway import Underway, underway
from dann.core.errors import CheckError, UserError
from dann.reporting.escapes import escaping

HERE = '127.0.0.1'
PORT = 8765
WAITING = 'No job is complete yet. The report appears here with the first one.'


class Follower:
    """The page of a run folder, made anew when a job is completed. It writes nothing.

    Args:
        folder: Where ``dann benchmark`` writes.
        select: Selection rule in place of the benchmark's own.
        allow_mixed: Mark rows of another protocol instead of refusing them.
    """

    def __init__(self, folder: Path, select: str | None = None, *, allow_mixed: bool = False) -> None:
        self.folder, self.select, self.allow_mixed = folder, select, allow_mixed
        self.lock = threading.Lock()
        self.version, self.made = '', ''

    def page(self) -> str:
        """Return the page as of now."""
        with self.lock:  # figures are drawn one at a time
            state = underway(self.folder)
            if state.version != self.version:
                self.made, self.version = self._make(state), state.version
            return self.made

    def progress(self) -> str:
        """Return how far the run is, as JSON."""
        state = underway(self.folder)
        return json.dumps({**asdict(state), 'text': state.text})

    def _make(self, state: Underway) -> str:
        if not state.done:
            return self._waiting(WAITING, state)
        try:
            report = BenchmarkReport.open(self.folder, self.select, allow_mixed=self.allow_mixed)
            drawn = illustrate(report.results, report.table)
            return render_page(report.results, report.sheet, drawn, live=state)
        except (UserError, CheckError) as error:
            return self._waiting(f'The report cannot be made: {error}', state)

    def _waiting(self, message: str, state: Underway) -> str:
        return render('waiting.html', folder=self.folder, message=message, live=state)


class Server(ThreadingHTTPServer):
    """Serves one follower on the loopback interface.

    Args:
        follower: What is served.
        port: Where; 0 for any that is free.

    Raises:
        UserError: The port cannot be had.
    """

    daemon_threads = True

    def __init__(self, follower: Follower, port: int = PORT) -> None:
        self.follower = follower
        try:
            super().__init__((HERE, port), Handler)
        except (OSError, OverflowError) as error:
            taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            why = 'is in use' if taken else f'cannot be opened ({error})'
            raise UserError(f'port {port} {why}; pass another one with --port') from error

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f'http://{HERE}:{self.server_address[1]}/'


class Handler(BaseHTTPRequestHandler):
    """Answers with the page, or with how far the run is."""

    server: Server

    def do_GET(self) -> None:
        """Answer one request."""
        if self.headers.get('Host', '').rpartition(':')[0] not in (HERE, 'localhost'):
            self.send_error(HTTPStatus.FORBIDDEN)  # another site's name that was pointed at this machine
        elif self.path == '/':
            self._answer(self.server.follower.page(), 'text/html')
        elif self.path == '/progress':
            self._answer(self.server.follower.progress(), 'application/json')
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _answer(self, text: str, kind: str) -> None:
        data = text.encode(errors=escaping())
        self.send_response(HTTPStatus.OK)
        self.send_header('Content-Type', f'{kind}; charset=utf-8')
        self.send_header('Content-Length', str(len(data)))
        self.send_header('Cache-Control', 'no-store')
        self.end_headers()
        try:
            self.wfile.write(data)
        except ConnectionError:
            self.close_connection = True  # the page was closed or loaded again meanwhile

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal is the user's."""


def serve(folder: Path, port: int = PORT, select: str | None = None, *, allow_mixed: bool = False) -> None:
    """Serve the report of a run folder until interrupted.

    Args:
        folder: Where ``dann benchmark`` writes.
        port: Where to listen, on this machine alone; 0 for any port that is free.
        select: Selection rule in place of the benchmark's own.
        allow_mixed: Mark rows of another protocol instead of refusing them.

    Raises:
        UserError: There is no such folder, it holds several benchmarks, or the port cannot be had.
    """
    if not folder.is_dir():
        raise UserError(f'there is no folder {folder}; start `dann benchmark` with `--out {folder}` first')
    if parts := suite_folders(folder):
        raise UserError(f'{folder} holds several benchmarks; name one of them, for example {parts[0]}')
    with Server(Follower(folder, select, allow_mixed=allow_mixed), port) as server:
        print(f'Following {folder} at {server.address} (Ctrl-C ends it)', flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print(f'\rStopped following {folder}.')
