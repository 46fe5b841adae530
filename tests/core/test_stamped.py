"""A changed value in a stamped mapping is found."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dann.core.errors import RunError
from dann.core.stamped import KEY, stamped, unstamped

PATH = Path('benchmark.yaml')
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
MAPPINGS = st.dictionaries(st.text(), VALUES, max_size=4)


@given(content=MAPPINGS)
def test_what_is_written_as_yaml_is_read_again(content: dict[str, Any]) -> None:
    content.pop(KEY, None)
    read = yaml.safe_load(yaml.safe_dump(stamped(content), sort_keys=False))
    assert unstamped(read, PATH) == content


@given(content=MAPPINGS, name=st.text(), value=VALUES)
def test_another_value_is_refused(content: dict[str, Any], name: str, value: Any) -> None:
    changed = stamped(content)
    if name == KEY or repr(changed.get(name, ...)) == repr(value):
        return
    with pytest.raises(RunError, match='has changed since it was written; run the benchmark again'):
        unstamped(changed | {name: value}, PATH)


def test_a_file_of_an_earlier_version_is_taken_as_it_is() -> None:
    assert unstamped({'steps': 4}, PATH) == {'steps': 4}


def test_values_that_could_not_be_written_are_refused() -> None:
    itself: list[Any] = []
    itself.append(itself)
    for value in (itself, {1: 2, 'a': 3}, {b'x': 1}, {1, 2}):
        with pytest.raises(RunError, match='has changed'):
            unstamped({'steps': value, KEY: '0'}, PATH)
