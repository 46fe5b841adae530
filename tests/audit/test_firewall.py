"""Leaked labels and an ignored target are found by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from audited import assert_found


@pytest.mark.parametrize(
    ('fault', 'check', 'words'),
    [
        ('LeakedLabels', 'label firewall', 'a target label leaks into training'),
        ('LeakedGroups', 'label firewall', 'a target label or group leaks into training'),
        ('IgnoredTarget', 'target data', 'the target batch is ignored'),
    ],
)
def test_the_fault_is_named(
    fault: str, check: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_found(fault, check, words, tmp_path, capsys)
