"""Output that has no place to go ends a command in a line, and never in a traceback."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dann import cli
from dann.reporting.saying import say
from dann.reporting.streams import open_streams

pytestmark = pytest.mark.skipif(not Path('/dev/full').exists(), reason='no device that is always full')


@pytest.fixture
def full() -> Iterator[io.TextIOWrapper]:
    stream = io.TextIOWrapper(open('/dev/full', 'wb'), encoding='utf-8')  # noqa: SIM115, PTH123
    yield stream
    with open(os.devnull, 'wb') as device:  # noqa: PTH123
        os.dup2(device.fileno(), stream.fileno())  # or what is held back could not be written at the end
    stream.close()


@pytest.mark.parametrize(
    'words', [['list', 'methods'], ['list', 'methods', '--json'], ['--help'], ['--version']]
)
def test_a_full_disk_is_a_line_and_a_status(
    words: list[str],
    full: io.TextIOWrapper,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, 'stdout', full)
    try:
        status = cli.main(words)
    except SystemExit as stop:
        status = int(stop.code or 0)
    monkeypatch.undo()
    assert status == 1
    line = 'dann: cannot write the output (No space left on device); free the disk, or send the output elsewhere, '
    assert capsys.readouterr().err == f'{line}and run the command again\n'


@pytest.mark.parametrize('name', ['stdout', 'stderr'])
@pytest.mark.parametrize(('words', 'status'), [(['list', 'methods'], 0), (['list', 'nonsense'], 2)])
def test_a_closed_stream_swallows_what_it_is_given(
    name: str,
    words: list[str],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, name, None)
    assert cli.main(words) == status
    monkeypatch.undo()
    found = capsys.readouterr()
    assert (found.out if name == 'stdout' else found.err) == ''
    assert status == 0 or 'unknown' not in found.out  # nothing changes over to the other stream


def test_an_error_that_cannot_be_said_leaves_the_status(
    full: io.TextIOWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, 'stderr', full)
    assert cli.main(['list', 'nonsense']) == 2
    say('a line')


def test_streams_that_are_open_stay_what_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout, sys.stderr
    open_streams()
    assert (sys.stdout, sys.stderr) == before


@pytest.mark.parametrize(
    ('redirected', 'status', 'lines'),
    [('>/dev/full', 1, 1), ('>&-', 0, 0), ('2>&-', 0, 0), ('| head -1', 0, 0)],
)
def test_a_shell_sees_no_traceback(redirected: str, status: int, lines: int) -> None:
    command = f'set -o pipefail; "{sys.executable}" -m dann list methods {redirected}'
    found = subprocess.run(['bash', '-c', command], capture_output=True, text=True, check=False)
    assert found.returncode == status
    assert len(found.stderr.splitlines()) == lines
