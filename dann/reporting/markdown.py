"""Tables in Markdown."""

from __future__ import annotations

Grid = list[list[str]]


def pipes(grid: Grid) -> str:
    """Return a Markdown table; the first line is its heading."""
    grid = [[text.replace('|', r'\|') for text in texts] for texts in grid]
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    ruler = ['-' * width for width in widths]
    lines = [[text.ljust(width) for text, width in zip(texts, widths, strict=True)] for texts in grid]
    return '\n'.join(f'| {" | ".join(texts)} |' for texts in [lines[0], ruler, *lines[1:]])
