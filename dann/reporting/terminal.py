"""Markdown as a terminal shows it: whole lines and whole tables, however narrow it is."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from dann.core.shown import shown, shown_lines
from dann.reporting.markdown import Grid

MOST_FOLDS = 3  # a table of more parts is easier to read row by row


def for_terminal(markdown: str) -> str:
    """Return ``markdown`` as it is where standard output is no terminal; else no line of it is wider than that."""
    markdown = shown_lines(markdown)
    return fitted(markdown, shutil.get_terminal_size().columns) if sys.stdout.isatty() else markdown


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a line for each row; on a terminal the last column is wrapped, below the others where there is no room."""
    rows = [[shown(text) for text in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    indent = sum(widths[:-1]) + 2 * len(widths[:-1])
    longest = max((len(word) for row in rows for word in row[-1].split()), default=0)
    below = indent + longest > width
    hang = 4 if below else indent
    for *cells, last in rows:
        begin = ''.join(f'{text:<{room}}  ' for text, room in zip(cells, widths, strict=False))
        parts = textwrap.wrap(last, max(width - hang, 1), break_long_words=False, break_on_hyphens=False)
        if below or not parts:
            yield begin.rstrip()
            begin = ' ' * hang
        for part in parts:
            yield begin + part
            begin = ' ' * hang


def fitted(markdown: str, width: int) -> str:
    """Return Markdown with its long lines wrapped and its wide tables folded.

    Args:
        markdown: Text and tables of ``pipes``.
        width: Characters of a line.
    """
    parts = []
    for is_table, lines in groupby(markdown.split('\n'), key=lambda line: line.startswith('|')):
        found = [*lines]
        wide = max(map(len, found)) > width
        parts += (
            [*_table(_cells(found), width)]
            if is_table and wide
            else [_wrapped(line, width) for line in found]
        )
    return '\n'.join(parts)


def _wrapped(line: str, width: int) -> str:
    hang = '  ' if line.startswith('- ') else ''
    return (
        textwrap.fill(line, width, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False)
        if len(line) > width
        else line
    )


def _cells(lines: list[str]) -> Grid:
    rows = [re.split(r'(?<!\\)\|', line.strip()[1:-1]) for line in lines]
    grid = [[text.strip().replace(r'\|', '|') for text in row] for row in rows]
    return [row for row in grid if any(set(text) - {'-'} for text in row)]


def _table(grid: Grid, width: int) -> Iterator[str]:
    """Yield the lines of a table: in parts that repeat its first column, or each row as a list of its own."""
    folds = [*_folds([max(map(len, column)) for column in zip(*grid, strict=True)], width)]
    if len(folds) > MOST_FOLDS:
        yield from _listed(grid, width)
        return
    for number, columns in enumerate(folds):
        yield from [''] * (number > 0)
        yield from _aligned([[row[0], *(row[column] for column in columns)] for row in grid])


def _folds(widths: list[int], width: int) -> Iterator[list[int]]:
    """Yield the columns that stand beside the first one, as many at a time as there is room for."""
    fold: list[int] = []
    for column in range(1, len(widths)):
        if fold and widths[0] + sum(2 + widths[each] for each in [*fold, column]) > width:
            yield fold
            fold = []
        fold.append(column)
    yield fold


def _aligned(grid: Grid) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    for row in grid:
        yield '  '.join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def _listed(grid: Grid, width: int) -> Iterator[str]:
    heads, *rows = grid
    room = max(map(len, heads))
    for row in rows:
        yield _wrapped(f'{heads[0]}: {row[0]}', width)
        yield from (
            f'  {head.ljust(room)}  {text}' for head, text in zip(heads[1:], row[1:], strict=True) if text
        )
