"""JSON for files and for the terminal."""

import json

import pytest

from dann.reporting.json_text import json_text


def test_names_are_read_as_they_are_and_harm_no_terminal() -> None:
    value = {'na\udcffme': ['\x9b31mred', 'a\nb', '\u202etxt', '名前']}
    text = json_text(value)
    assert json.loads(text) == value
    assert text.encode().decode().replace('\n', '').isprintable()
    assert '名前' in text


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match='JSON'):
        json_text(float('nan'))
