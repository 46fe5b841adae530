"""Templates of pages and texts: how they are read, and what every one may call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dann.core.shown import shown, shown_lines
from dann.reporting.markdown import bullets, inert, pipes

if TYPE_CHECKING:
    from jinja2 import Environment


class Lines(str):
    """Text of several lines on purpose."""

    __slots__ = ()


def on_one_line(value: Any) -> Any:
    """Return what a template writes without breaks and signs that are not seen, unless it is ``Lines`` or HTML."""
    meant = isinstance(value, Lines) or hasattr(value, '__html__')
    return shown(value) if isinstance(value, str) and not meant else value


def environment(folder: Path) -> Environment:
    """Return what reads the templates in a folder, and those that all pages share.

    Names in a page are escaped, and a value that is missing is an error.

    Args:
        folder: Of the templates, whose names end in ``.j2``.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader([folder, Path(__file__).parent / 'templates']),
        autoescape=lambda name: name is not None and name.endswith('.html.j2'),
        finalize=on_one_line,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        'pipes': lambda grid: Lines(pipes(grid)),
        'bullets': lambda lines: Lines(bullets(lines)),
        'lines': lambda text: Lines(shown_lines(text)),
        'inert': inert,
    }
    made.filters |= filters
    return made
