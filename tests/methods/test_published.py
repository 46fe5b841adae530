"""Every recorded answer of a published implementation is compared with by a test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recorded import FIXTURES, FOLDER


@pytest.mark.parametrize('name', FIXTURES)
def test_a_fixture_says_who_made_it(name: str) -> None:
    content = json.loads((FOLDER / f'{name}.json').read_text())
    assert {'package', 'version', 'function', 'options', 'torch', 'date'} <= content.keys()
    reader = f"load('{name}')"
    assert any(reader in path.read_text() for path in Path(__file__).parent.parent.glob('**/test_*.py')), (
        'no test reads it'
    )
