"""Parts of docstrings, and their markup as Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from docstring_parser import Docstring
from docstring_parser.google import DEFAULT_SECTIONS, GoogleParser, Section, SectionType

MATHEMATICS = ('dann.methods', 'dann.functional')
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


def equations(kind: type[Any]) -> list[str]:
    """Return the equations of a class: of its docstring, and of the functions that its module computes it with.

    Functions of other modules count where its own has none, and those of its base class after that.
    """
    for parent in kind.__mro__:
        if not parent.__module__.startswith(MATHEMATICS):
            break
        used = list(_used(parent))
        for sources in ([kind], [each for each in used if each.__module__ == parent.__module__], used):
            if found := [equation for each in sources for equation in _equations(each)]:
                return list(dict.fromkeys(found))
    return []


def _equations(member: Any) -> list[str]:
    found = MATH.finditer((inspect.getdoc(member) or '') + '\n')
    return [' '.join(f'{each["first"]} {each["rest"]}'.split()) for each in found]


def _used(member: Any) -> Iterator[FunctionType]:
    """Yield the functions of methods and ``functional`` that a member's code names, and those that these name."""
    seen: dict[str, FunctionType] = {}
    waiting = [member]
    while waiting:
        words = set(re.findall(r'\w+', inspect.getsource(waiting[0])))
        there = vars(inspect.getmodule(waiting.pop(0)))
        for name, value in there.items():
            known = isinstance(value, FunctionType) and value.__module__.startswith(MATHEMATICS)
            if known and name in words and value.__name__ not in seen:
                seen[value.__name__] = value
                waiting.append(value)
                yield value


def markdown(text: str) -> str:
    """Return a docstring's prose as Markdown: links, inline equations and literals; paragraphs stay apart."""
    text = re.sub(
        r':math:`([^`]+)`', r'$`\1`$', ' \n'.join(' '.join(part.split()) for part in text.split('\n\n'))
    )
    text = re.sub(r'`([^`<]+?)\s*<(https?://[^>]+)>`_', r'[\1](\2)', text)
    return text.replace('``', '`').replace(' \n', '\n\n')
