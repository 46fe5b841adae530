"""Dead parts are found by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from audited import assert_found


def test_the_fault_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_found(
        'DeadCritic',
        'liveness',
        'alignment.critic is dead: no gradient reaches its 2 parameters',
        tmp_path,
        capsys,
    )
