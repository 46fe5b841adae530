"""Which version a protocol names."""

from __future__ import annotations

import re

import pytest

import dann
from dann.core.version import release


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


def test_protocols_name_numbers_alone_of_the_installed_version() -> None:
    assert dann.__version__.startswith(release())
    assert re.fullmatch(r'[\d.]+', release())
