"""A game without a second player is found by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from audited import assert_found


def test_the_fault_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_found('NotReversed', 'gradient sign', 'the gradient is not reversed', tmp_path, capsys)
