"""The templates of this room: where they are, and what they may call."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dann.core.shown import shown
from dann.reporting.dark import dark
from dann.reporting.notation import ABSENT
from dann.reporting.templating import environment

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


LATEX = {
    '\\': r'\textbackslash{}',
    '^': r'\textasciicircum{}',
    '~': r'\textasciitilde{}',
    '<': r'\textless{}',
    '>': r'\textgreater{}',
    '|': r'\textbar{}',
}


def render(template: str, **values: Any) -> str:
    """Return ``templates/<template>.j2`` filled with ``values``; a value that is missing is an error."""
    return _environment().get_template(f'{template}.j2').render(values)


def render_lines(template: str, **values: Any) -> list[str]:
    """Return the lines of a template that says one thing a line."""
    return render(template, **values).splitlines()


@cache
def _environment() -> Environment:
    from dann.benchmarks.report import embedding

    made = environment(Path(__file__).parent / 'templates')
    made.filters |= {
        'plain': plain,
        'latex': latex_cells,
        'html': html_of_markdown,
        'unbroken': unbroken,
        'light_uri': embedding.light_uri,
        'dark_uri': embedding.dark_uri,
        'png_uri': embedding.png_uri,
        'dark': dark,
    }
    return made


def plain(text: str) -> str:
    """Return Markdown without its emphasis."""
    return text.replace('*', '')


def latex_cells(texts: Iterable[str]) -> str:
    """Return texts as the cells of a LaTeX row, numbers in mathematics."""
    return ' & '.join(map(_latex, texts))


def _latex(text: str) -> str:
    escaped = re.sub(r'[\\{}&%$#_^~<>|]', lambda found: LATEX.get(found[0], '\\' + found[0]), shown(text))
    escaped = re.sub(r'^[\[*]', r'{\g<0>}', escaped)  # else an option of the line break before it
    number = re.fullmatch(r'[+-]?\d+\.\d( ± \d+\.\d| \([+-]?\d+\.\d, [+-]?\d+\.\d\))?', escaped)
    return f'${escaped}$'.replace('±', r'\pm') if number else escaped.replace(ABSENT, '---')


def html_of_markdown(text: str) -> Markup:
    """Return Markdown's emphasis as HTML, everything else escaped."""
    from markupsafe import Markup, escape

    html = re.sub(r'\*\*(.+?)\*\*', r'<strong>\1</strong>', str(escape(shown(text))))
    return Markup(re.sub(r'\*(.+?)\*', r'<em>\1</em>', html))  # escaped above


def unbroken(text: str) -> str:
    """Return ``text`` with spaces around ± and before % that no line breaks at."""
    return re.sub(r' ± | (?=%)', lambda match: match[0].replace(' ', '\N{NO-BREAK SPACE}'), text)
