"""YAML is read as plain values, or refused in a line that ends with the next step."""

import contextlib
import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dann.core.plain_yaml import YamlError, plain

LAUGHS = 'a: &a [x, x, x, x, x, x, x, x, x, x]\n' + ''.join(
    f'{new}: &{new} [{", ".join([f"*{old}"] * 10)}]\n' for old, new in zip('abcdef', 'bcdefg', strict=True)
)


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('a: 1\nb: [1.5, true, null, x]', {'a': 1, 'b': [1.5, True, None, 'x']}),
        ('target: 2024-01-31', {'target': '2024-01-31'}),
        ('base: &b {x: 1}\nrow: {<<: *b, y: 2}', {'base': {'x': 1}, 'row': {'x': 1, 'y': 2}}),
        ('', None),
    ],
)
def test_plain_values_are_read(text: str, value: Any) -> None:
    assert plain(text) == value


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('a: &a [*a]', 'is nested more than 60 deep, or contains itself; write it flat'),
        ('[' * 5000, 'is nested more than 60 deep'),
        ('a: ' + '[' * 100 + ']' * 100, 'is nested more than 60 deep'),
        (LAUGHS, 'holds more than 200,000 values with its aliases written out; write fewer'),
        ('a: !!binary aGk=', "is not YAML \\(could not determine a constructor for the tag '.*binary'"),
        ('a: !!python/object/apply:os.system [ls]', 'is not YAML'),
        ('a: !!set {x}', 'is not YAML'),
        ('a: 1\n? [1, 2]\n: 3', 'is not YAML'),
        ('1: a\nb: c', 'has the key 1, which YAML reads as no text; put it in quotes'),
        ('no: a', 'has the key False, which YAML reads as no text; put it in quotes'),
        ('a: 1\na: 2', 'has the key `a` twice, on lines 1 and 2; keep one of them'),
        ('a: "\x00"', 'is not YAML'),
        ('a: 0x', None),
        ('a: ' + '9' * 5000, 'is not YAML'),
        ('{', 'is not YAML'),
    ],
)
def test_everything_else_is_refused(text: str, reason: str | None) -> None:
    if reason is None:
        assert plain(text)
        return
    with pytest.raises(YamlError, match=reason):
        plain(text)


@given(text=st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    with contextlib.suppress(YamlError):
        found = plain(text)
        assert isinstance(found, dict | list | str | int | float | None)
        json.dumps(found)


@given(
    value=st.dictionaries(
        st.text(),
        st.lists(st.integers() | st.text() | st.none() | st.booleans() | st.floats(allow_nan=False)),
    )
)
def test_what_is_dumped_is_read_again(value: dict[str, Any]) -> None:
    assert plain(yaml.safe_dump(value)) == value
