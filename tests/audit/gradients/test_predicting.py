"""A term that makes predictions vague is found by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from audited import assert_found


@pytest.mark.slow
def test_the_fault_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_found('Uncertain', 'gradient sign', 'both go the wrong way', tmp_path, capsys)
