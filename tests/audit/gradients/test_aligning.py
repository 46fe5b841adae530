"""A term that drives the domains apart is found by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from audited import assert_found


def test_the_fault_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_found('DrivenApart', 'gradient sign', 'it drives the domains apart', tmp_path, capsys)
