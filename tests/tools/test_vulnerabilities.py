"""Known vulnerabilities fail the check; a data base that is out of reach does not."""

from __future__ import annotations

import subprocess
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tools import vulnerabilities
from tools.vulnerabilities import AUDITOR, audit, main

TABLE = 'Name Version ID\npillow 13.0.0 PYSEC-2026-1\n'


class Auditor:
    """Stands in for pip and pip-audit; remembers what was run."""

    def __init__(self, status: int = 0, out: str = '', err: str = '', late: bool = False) -> None:
        self.done, self.late = (status, out, err), late
        self.commands: list[list[str]] = []

    def __call__(self, command: Sequence[str], limit: float) -> subprocess.CompletedProcess[str]:
        assert 0 < limit <= 60
        self.commands.append([*command])
        if 'pip_audit' not in command:
            return subprocess.CompletedProcess(command, 0, '', '')
        if self.late:
            raise subprocess.TimeoutExpired(command, limit)
        return subprocess.CompletedProcess(command, *self.done)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / 'bin').mkdir()
    (tmp_path / 'Scripts').mkdir()
    (tmp_path / 'bin' / 'python').touch()
    (tmp_path / 'Scripts' / 'python').touch()
    return tmp_path


def test_a_known_vulnerability_fails_and_is_shown(home: Path) -> None:
    auditor = Auditor(1, TABLE, 'Found 1 known vulnerability')
    status, line = audit(Path('constraints.txt'), home, auditor)
    assert status == 1
    assert 'pillow 13.0.0 PYSEC-2026-1' in line
    assert line.endswith('run `make hashes`')
    assert auditor.commands[0][-1] == AUDITOR
    assert auditor.commands[1][-2:] == ['-r', 'constraints.txt']


def test_nothing_known_passes(home: Path) -> None:
    assert audit(Path('pins.txt'), home, Auditor()) == (
        0,
        'no known vulnerability in the versions of pins.txt',
    )


@pytest.mark.parametrize(
    ('auditor', 'why'),
    [
        (Auditor(1, '', 'a\nConnectionError: gone'), 'ConnectionError: gone'),
        (Auditor(late=True), 'TimeoutExpired'),
    ],
)
def test_a_data_base_that_goes_away_or_is_slow_fails_nothing(home: Path, auditor: Auditor, why: str) -> None:
    status, line = audit(Path('constraints.txt'), home, auditor)
    assert (status, len(line.splitlines())) == (0, 1)
    assert f'not looked up ({why})' in line


@pytest.mark.parametrize(
    ('error', 'reached'),
    [
        (urllib.error.URLError('no such host'), False),
        (TimeoutError(), False),
        (urllib.error.HTTPError('', 404, '', None, None), True),  # type: ignore[arg-type]
        (urllib.error.HTTPError('', 503, '', None, None), False),  # type: ignore[arg-type]
    ],
)
def test_out_of_reach_is_said_in_one_line(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, reached: bool
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(urllib.request, 'urlopen', refuse)
    monkeypatch.setattr(vulnerabilities, 'audit', lambda *_: (1, 'asked'))
    assert main() == int(reached)
    assert capsys.readouterr().out == (
        'asked\n'
        if reached
        else 'vulnerabilities were not looked up: api.osv.dev cannot be reached from here\n'
    )
