"""Tables in Markdown."""

from hostile import NAMES, unseen

from dann.core.shown import shown
from dann.reporting.markdown import bullets, inert, pipes


def test_columns_are_aligned_and_bars_escaped() -> None:
    assert pipes([['a', 'long'], ['x|y', '1']]).splitlines() == [
        r'| a    | long |',
        r'| ---- | ---- |',
        r'| x\|y | 1    |',
    ]


def test_names_break_no_line_and_no_cell() -> None:
    text = pipes([['name', 'n'], *([name, '1'] for name in NAMES)])
    assert len(text.split('\n')) == 2 + len(NAMES)
    assert unseen(text) == {'\n'}
    assert bullets(['a\nb', '\x1b']) == '- a\\nb\n- \\x1b'


def test_a_name_is_no_tag_no_link_and_no_picture() -> None:
    assert inert('<script> </b> <!-- a < b <3') == r'\<script> \</b> \<!-- a < b <3'
    assert pipes([['[x](#y)']]).splitlines()[0] == r'| [x]\(#y) |'
    assert pipes([['[x](#y)']], shown).splitlines()[0] == '| [x](#y) |'
    assert inert('![x](http://a.b/c)') == r'![x]\(http://a.b/c)'


def test_a_backslash_in_a_name_undoes_no_escape() -> None:
    assert inert(r'\<img src=x>') == r'\\\<img src=x>'
    assert inert(r'[x]\(y)') == r'[x]\\(y)'
    assert pipes([[r'a\|b']]).splitlines()[0] == r'| a\\\|b |'
    assert inert(r'C:\new \input{x}') == r'C:\new \input{x}'
