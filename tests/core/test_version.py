"""Which version a protocol names."""

from __future__ import annotations

import pytest

import dann
from dann.core.version import installed, release


@pytest.mark.parametrize(
    ('version', 'numbers'),
    [
        ('0.1.0', '0.1.0'),
        ('0.1.0.dev239+gc7d9005a6.d20261128', '0.1.0'),
        ('0.1.0.post1.dev3+gc7d9005a6', '0.1.0'),
        ('0.10.2rc1', '0.10.2'),
        ('0', '0'),
    ],
)
def test_a_release_is_a_version_without_commit_date_and_stage(version: str, numbers: str) -> None:
    assert release(version) == numbers


def test_the_installed_version_belongs_to_the_release_that_protocols_name() -> None:
    assert dann.__version__ == installed()
    assert installed().startswith(release())
    assert '+' not in release()
    assert 'dev' not in release()
