"""What templates may call."""

import pytest
from jinja2 import UndefinedError

from dann.benchmarks.report.rendering import (
    html_of_markdown,
    latex_cells,
    plain,
    render,
    unbroken,
)


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError, match='is undefined'):
        render('table.md')


def test_latex_escapes_what_it_must_and_sets_numbers_in_mathematics() -> None:
    assert latex_cells(['a_b & c', '12.3 ± 0.4', '-1.0 (-2.0, +0.0)', '-1.0', '5 %', '—', '3']) == (
        r'a\_b \& c & $12.3 \pm 0.4$ & $-1.0 (-2.0, +0.0)$ & $-1.0$ & 5 \% & --- & 3'
    )


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('\\input{x}', r'\textbackslash{}input\{x\}'),
        ('a^b~c', r'a\textasciicircum{}b\textasciitilde{}c'),
        ('$#%&_', r'\$\#\%\&\_'),
        ('<a|b>', r'\textless{}a\textbar{}b\textgreater{}'),
        ('[1em]', '{[}1em]'),
        ('*', '{*}'),
        ('a\n\\\\', r'a\textbackslash{}n\textbackslash{}\textbackslash{}'),
    ],
)
def test_no_text_is_a_command_of_latex(text: str, expected: str) -> None:
    assert latex_cells([text]) == expected


def test_emphasis_becomes_html_and_the_rest_is_escaped() -> None:
    assert html_of_markdown('**a** <b> *c*') == '<strong>a</strong> &lt;b&gt; <em>c</em>'
    assert plain('**a** *b*') == 'a b'


def test_a_number_and_its_spread_stay_on_one_line() -> None:
    assert unbroken('1.0 ± 0.2 % of it') == '1.0\u00a0±\u00a00.2\u00a0% of it'
