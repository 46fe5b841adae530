"""Parts of docstrings, and their markup as plain text."""

from __future__ import annotations

import inspect
import re
from typing import Any

from docstring_parser import Docstring
from docstring_parser.google import DEFAULT_SECTIONS, GoogleParser, Section, SectionType

MATH = re.compile(
    r'^(?P<indent> *)\.\. math::(?P<first>[^\n]*)\n(?P<rest>(?:(?P=indent) +[^\n]*\n|\n)*)', re.MULTILINE
)
PARSER = GoogleParser(
    [
        *DEFAULT_SECTIONS,
        *(Section(title, title, SectionType.SINGULAR) for title in ('Fails when', 'Reference')),
    ]
)


def parsed(member: Any) -> Docstring:
    """Return the docstring of a class or function, or of its base where it has none, in parts."""
    return PARSER.parse(inspect.getdoc(member))


def section(member: Any, heading: str) -> str:
    """Return what a docstring has under ``Fails when:`` or ``Reference:``; empty where it has no such section."""
    return next((part.description or '' for part in parsed(member).meta if part.args[0] == heading), '')


def arguments(kind: type[Any]) -> dict[str, str]:
    """Return what the class's own docstring says of each constructor option, in one line each."""
    if not vars(kind).get('__doc__'):
        return {}
    return {each.arg_name: ' '.join((each.description or '').split()) for each in parsed(kind).params}


def described(kind: type[Any]) -> dict[str, str]:
    """Return what the docstrings of a class and its bases say of each constructor option."""
    options: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        for name, text in arguments(each).items():
            if name not in options or not text.startswith('As in '):  # which the base says in full
                options[name] = text
    return options


def introduction(member: Any) -> str:
    """Return what a docstring says after its first line and before its sections, without equations."""
    return MATH.sub('', (parsed(member).long_description or '') + '\n').strip()


def plain(text: str) -> str:
    """Return a docstring's prose as one paragraph of plain text.

    >>> plain('See `A Paper <https://a.b>`_, where ``x`` is :math:`y`.')
    'See A Paper (https://a.b), where x is y.'
    """
    text = re.sub(r'`([^`<]+?)\s*<(https?://[^>]+)>`_', r'\1 (\2)', text)
    return ' '.join(re.sub(r':math:`([^`]+)`', r'\1', text).replace('`', '').split())
