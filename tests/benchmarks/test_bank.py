"""The script that measures banks prints its figures, and both runs end with the same weights."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dann.benchmarks import bank


@pytest.mark.slow
def test_it_prints_what_it_measures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path))  # put back afterwards
    monkeypatch.setattr(bank, 'SIDE', 32)
    bank.main(['--steps', '2', '--longer', '5'])
    printed = capsys.readouterr().out
    assert re.search(r'extraction +\d+ images/s at 32 pixels', printed)
    assert re.search(r'ratio +\d', printed)
    found = re.search(r'largest difference of a weight after 2 steps: (\S+)', printed)
    assert found is not None
    assert float(found[1]) < 1e-5
