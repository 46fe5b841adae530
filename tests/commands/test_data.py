"""``dann data check`` prints what was found, and its status says whether there are errors."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from planted import (
    clean_folder,
    copy,
)

from dann.cli import main

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('COLUMNS', '200')

    def call(*arguments: str) -> tuple[int, str]:
        status = main(['data', 'check', *arguments])
        return status, capsys.readouterr().out

    return call


def test_it_prints_counts_shift_findings_and_next_steps(tmp_path: Path, run: Run) -> None:
    root = clean_folder(tmp_path / 'own')
    for number in range(12):
        (root / f'day/train/bus/{number}.jpg').write_bytes(b'')
    status, out = run('own')
    assert status == 1
    line = next(line for line in out.splitlines() if line.startswith('error'))
    assert line.split()[1:4] == ['zero-byte', '12', 'cases:']
    assert 'day/train/bus/0.jpg, day/train/bus/1.jpg' in line
    assert line.endswith('day/train/bus/2.jpg and 7 more; fetch it again or delete it')
    assert 'label shift day - night: 0.00 (at most 0.3)' in out
    assert '72 images of 2 domains; 1 error, 0 warnings' in out
    assert [path.name for path in tmp_path.iterdir()] == ['own']


def test_json_is_everything_and_nothing_else(tmp_path: Path, run: Run) -> None:
    root = clean_folder(tmp_path / 'own')
    (root / 'day/train/bus/9.jpg').write_bytes(b'')
    status, out = run('own', '--json')
    printed: dict[str, Any] = json.loads(out)
    assert status == 1
    assert [
        (item['code'], item['severity'], item['count'], item['files']) for item in printed['findings']
    ] == [('zero-byte', 'error', 1, ['day/train/bus/9.jpg'])]
    assert printed['counts']['night']['train'] == {'bus': 6, 'car': 6, 'van': 6}
    assert printed['label_shift'] == [{'domains': ['day', 'night'], 'total_variation': 0.0}]


def test_warnings_leave_the_status_at_zero(tmp_path: Path, run: Run) -> None:
    root = clean_folder(tmp_path / 'own')
    copy(root, 'day/train/bus/0.png', 'day/train/bus/9.png')
    status, out = run('own')
    assert (status, '0 errors, 1 warning' in out) == (0, True)


def test_brackets_in_names_are_printed_as_they_are(tmp_path: Path, run: Run) -> None:
    root = clean_folder(tmp_path / 'own')
    (root / 'day/train/bus/[red]9.jpg').write_bytes(b'')
    assert 'day/train/bus/[red]9.jpg' in run('own')[1]


@pytest.mark.parametrize('encoding', ['ascii', 'utf-8'])
def test_names_in_another_encoding_are_printed(
    encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = clean_folder(tmp_path / 'own')
    (root / 'night').rename(root / 'nuit\udce9')
    for options in ([], ['--json']):
        screen = io.TextIOWrapper(io.BytesIO(), encoding, 'strict')
        monkeypatch.setattr(sys, 'stdout', screen)
        assert main(['data', 'check', str(root), *options]) == 0
        screen.flush()
        shown = screen.buffer.getvalue().decode(encoding)
        assert 'nuit\\udce9' in shown
    assert 'nuit\udce9' in json.loads(shown)['counts']
