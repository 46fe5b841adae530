"""Tables, lists and lines in Markdown, whatever names are in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from dann.core.shown import shown

Grid = list[list[str]]


def inert(text: str) -> str:
    """Return Markdown on one line, in which no name is a tag of HTML, a link or a picture from elsewhere."""
    whole = re.sub(r'\\(?=[<(|\\])', r'\\\\', shown(text))  # which would undo what is put in front
    return re.sub(r'<(?=[A-Za-z/!?])|(?<=\])\(', r'\\\g<0>', whole)


def pipes(grid: Grid, write: Callable[[str], str] = inert) -> str:
    """Return a Markdown table.

    Args:
        grid: Cells; the first line is the heading.
        write: Makes a cell what stands in the table; ``shown`` keeps links, where no name of others is in it.
    """
    grid = [[write(text).replace('|', r'\|') for text in texts] for texts in grid]
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    ruler = ['-' * width for width in widths]
    lines = [[text.ljust(width) for text, width in zip(texts, widths, strict=True)] for texts in grid]
    return '\n'.join(f'| {" | ".join(texts)} |' for texts in [lines[0], ruler, *lines[1:]])


def bullets(lines: Iterable[str]) -> str:
    """Return a Markdown list."""
    return '\n'.join(f'- {inert(text)}' for text in lines)
