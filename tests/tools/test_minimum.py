"""The constraints of the lowest versions."""

from __future__ import annotations

import pytest

from tools.minimum import constraints, lowest, pinned

CONFIGURATION = """
[options]
install_requires =
    # why this bound
    torch >= 2.6
    jsonargparse[signatures] >= 4.40, < 5
    PyYAML>=6.0

[options.extras_require]
ot =
    POT >= 0.9.4
test =
    pytest >= 8.2
dev =
    dann[test]
    POT >= 0.9.4
"""


def test_the_lowest_versions_are_the_bounds_of_dependencies_and_extras() -> None:
    assert lowest(CONFIGURATION) == {'torch': '2.6', 'jsonargparse': '4.40', 'pyyaml': '6.0', 'pot': '0.9.4'}


def test_a_dependency_without_a_lower_bound_is_an_error() -> None:
    with pytest.raises(ValueError, match="got 'rich < 15'; give it a lower bound"):
        lowest('[options]\ninstall_requires =\n    rich < 15\n[options.extras_require]\n')


def test_what_is_no_direct_dependency_may_be_older_than_pinned_but_not_newer() -> None:
    known = pinned('# all\nPyYAML==6.0.3\ntyping_extensions==4.16.0\n')
    assert constraints({'pyyaml': '6.0'}, known) == ['pyyaml==6.0', 'typing-extensions<=4.16.0']


def test_a_dependency_can_be_kept_at_the_pinned_version() -> None:
    known = {'torch': '2.13.0', 'numpy': '2.4.6'}
    lines = constraints({'torch': '2.6', 'numpy': '2.0'}, known, kept=['torch'])
    assert lines == ['torch==2.13.0', 'numpy==2.0']
