"""The command that writes the pages."""

from __future__ import annotations

import pytest

from tools.documents.__main__ import main


def test_a_request_that_makes_no_sense_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['--results', 'nowhere']) == 2
    assert 'no results of several benchmarks in nowhere' in capsys.readouterr().err
