"""What every template may call."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from dann.reporting.templating import Lines, environment, on_one_line


def test_a_template_writes_a_value_on_one_line_unless_it_is_meant_to_be_more(tmp_path: Path) -> None:
    assert environment(tmp_path).from_string('{{ name }}').render(name='a\nb\x1b') == r'a\nb\x1b'
    assert on_one_line(Lines('a\nb')) == 'a\nb'
    assert on_one_line(Markup('a\nb')) == 'a\nb'
    assert on_one_line(3) == 3


def test_names_in_a_page_are_escaped_and_in_a_text_are_not(tmp_path: Path) -> None:
    for name in ('a.html.j2', 'a.md.j2'):
        (tmp_path / name).write_text('{{ name }}')
    made = environment(tmp_path)
    assert made.get_template('a.html.j2').render(name='<b>') == '&lt;b&gt;'
    assert made.get_template('a.md.j2').render(name='<b>') == '<b>'


def test_pages_share_their_style(tmp_path: Path) -> None:
    (tmp_path / 'a.html.j2').write_text("{% include 'page.css.j2' %}")
    assert 'prefers-color-scheme: dark' in environment(tmp_path).get_template('a.html.j2').render()


def test_a_value_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError, match='is undefined'):
        environment(tmp_path).from_string('{{ name }}').render()


def test_tables_and_lists_keep_their_lines(tmp_path: Path) -> None:
    text = environment(tmp_path).from_string('{{ grid | pipes }} {{ lines | bullets }}')
    assert text.render(grid=[['a'], ['b']], lines=['c', 'd']).count('\n') == 3
