"""Text that is shown: no control character gets through, and ordinary text stays."""

from __future__ import annotations

import json
import re

import pytest
from hostile import NAMES, SHOWN, unseen
from hypothesis import given
from hypothesis import strategies as st

from dann.core.shown import one_line, shown, shown_json, shown_lines

ANY = st.text(st.characters(codec=None) | st.sampled_from('\x1b\x9b\n\r\t\x7f\x85\u2028\u202e\u2066\udcff'))
WHOLE = ANY.map(lambda text: re.sub('[\ud800-\udbff]', '', text))  # json itself joins two halves
ORDINARY = st.text(st.characters(categories=('L', 'M', 'N', 'P', 'S', 'Zs')))


@given(ANY)
def test_what_is_shown_is_one_line_that_any_encoding_of_unicode_takes(text: str) -> None:
    for line in (shown(text), one_line(text)):
        assert not unseen(line)
        assert len(line.splitlines()) <= 1
        assert line.encode().decode() == line
    assert unseen(shown_lines(text)) <= {'\n'}
    assert shown(shown(text)) == shown(text)


@given(ORDINARY)
def test_ordinary_text_stays(text: str) -> None:
    assert shown(text) == shown_lines(text) == shown_json(text) == text


@pytest.mark.parametrize(
    'text', ['名前', 'שלום\u200f', 'द\u200cद', '👩\u200d🚗', 'naïve', 'a\\nb', r'C:\x', 'a\xadb', '']
)
def test_what_scripts_and_emoji_are_written_with_stays(text: str) -> None:
    assert shown(text) == text


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('a\nb\r\t', r'a\nb\r\t'),
        ('\x1b[31mred\x9b0m', r'\x1b[31mred\x9b0m'),
        ('exe\u202egnp', r'exe\u202egnp'),
        ('na\udcffme', r'na\udcffme'),
        ('\ufeffcar\u2028', r'\ufeffcar\u2028'),
        *zip(NAMES, SHOWN, strict=True),
    ],
)
def test_the_rest_is_written_as_escapes(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_breaks_that_are_meant_stay() -> None:
    assert shown_lines('a\n\x1bb\r\n') == 'a\n\\x1bb\\r\n'
    assert one_line(' a\n  b\x1b\t') == r'a b\x1b'


@given(st.dictionaries(WHOLE, WHOLE))
def test_json_is_read_as_it_was(values: dict[str, str]) -> None:
    for indent in (None, 2):
        text = shown_json(json.dumps(values, ensure_ascii=False, indent=indent))
        assert json.loads(text) == values
        assert unseen(text) <= {'\n'}
