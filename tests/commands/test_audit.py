"""What ``dann audit`` refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import write

from dann.cli import main


def test_an_unknown_row_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['audit', write(tmp_path), '--methods', 'dan']) == 2
    assert 'unknown method' in capsys.readouterr().err


def test_too_few_steps_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['audit', write(tmp_path), '--steps', '4']) == 2
    assert 'expected `--steps` of at least 8, got 4' in capsys.readouterr().err
