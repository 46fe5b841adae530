"""What a narrow terminal shows of Markdown."""

import pytest

from dann.reporting.markdown import pipes
from dann.reporting.terminal import columns, fitted, for_terminal

GRID = [['method', 'target', 'source'], ['dann', '**48.5 ± 1.2**', '81.0'], ['a | b', '43.1', '80.2']]
TEXT = f'**Title** of it\n\n{pipes(GRID)}\n\n- one long line of words that goes on\n- short'


def test_what_fits_is_left_as_it_is() -> None:
    assert fitted(TEXT, 80) == TEXT


def test_no_line_is_wider_and_nothing_is_lost() -> None:
    for width in (24, 30, 36):
        shown = fitted(TEXT, width)
        assert max(map(len, shown.split('\n'))) <= width
        for text in ('method', 'target', 'source', '**48.5 ± 1.2**', '43.1', '80.2', 'goes'):
            assert text in shown


def test_a_wide_table_is_folded_and_repeats_its_first_column() -> None:
    assert fitted(pipes(GRID), 24).split('\n') == [
        'method  target',
        'dann    **48.5 ± 1.2**',
        'a | b   43.1',
        '',
        'method  source',
        'dann    81.0',
        'a | b   80.2',
    ]


def test_a_table_of_many_parts_is_a_list_for_each_row() -> None:
    grid = [['features', *'abcd'], ['a long name of features', '1.0', '2.0', '', '4.0']]
    assert fitted(pipes(grid), 24).split('\n') == [
        'features: a long name of',
        'features',
        '  a         1.0',
        '  b         2.0',
        '  d         4.0',
    ]


def test_lines_of_a_list_hang() -> None:
    assert fitted('- one long line of words', 16).split('\n') == ['- one long line', '  of words']


def test_a_file_gets_the_markdown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('shutil.get_terminal_size', lambda: type('Size', (), {'columns': 24}))
    monkeypatch.setattr('sys.stdout.isatty', lambda: False, raising=False)
    assert for_terminal(TEXT) == TEXT
    monkeypatch.setattr('sys.stdout.isatty', lambda: True, raising=False)
    assert for_terminal(TEXT) == fitted(TEXT, 24)


def test_a_last_column_without_room_stands_below(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [['CORAL', 'moments', 'Deep CORAL https://arxiv.org/1'], ['FDA', 'style', '']]
    assert [*columns(rows)] == ['CORAL  moments  Deep CORAL https://arxiv.org/1', 'FDA    style']
    monkeypatch.setattr('sys.stdout.isatty', lambda: True, raising=False)
    for width, shown in (
        (40, ['CORAL  moments  Deep CORAL', '                https://arxiv.org/1', 'FDA    style']),
        (30, ['CORAL  moments', '    Deep CORAL', '    https://arxiv.org/1', 'FDA    style']),
    ):
        monkeypatch.setattr(
            'shutil.get_terminal_size', lambda width=width: type('Size', (), {'columns': width})
        )
        assert [*columns(rows)] == shown


def test_no_name_reaches_the_terminal_as_it_is() -> None:
    assert for_terminal('a\x1b[2J\nb\x9b') == 'a\\x1b[2J\nb\\x9b'
    assert [*columns([['a\nb', 'x\x1by'], ['c', 'd']])] == ['a\\nb  x\\x1by', 'c     d']
