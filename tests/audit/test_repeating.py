"""Randomness without a seed and counters outside the state are found by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from audited import assert_found


@pytest.mark.parametrize(
    ('fault', 'check', 'words'),
    [
        ('HiddenCounter', 'exact resume', 'a hidden counter: alignment.calls ends at 16'),
        pytest.param(
            'Unseeded', 'determinism', 'something draws outside the seeded generators', marks=pytest.mark.slow
        ),
    ],
)
def test_the_fault_is_named(
    fault: str, check: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_found(fault, check, words, tmp_path, capsys)
