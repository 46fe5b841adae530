"""Docstrings in parts, and their markup as Markdown."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from types import FunctionType
from typing import Any

HEADINGS = ('Args', 'Returns', 'Raises', 'Example', 'Fails when', 'Reference')
MATHEMATICS = ('dann.methods', 'dann.functional')
MATH = re.compile(
    r'^(?P<indent> *)\.\. math::(?P<first>[^\n]*)\n(?P<rest>(?:(?P=indent) +[^\n]*\n|\n)*)', re.MULTILINE
)


def section(member: Any, heading: str) -> str:
    """Return what a docstring has under ``heading:``, dedented; empty where it has no such section."""
    others = '|'.join(HEADINGS)
    text = inspect.getdoc(member) or ''
    found = re.search(rf'^{heading}:\n(.*?)(?=^(?:{others}):\n|\Z)', text + '\n', re.DOTALL | re.MULTILINE)
    return textwrap.dedent(found[1]).strip() if found else ''


def described(kind: type[Any]) -> dict[str, str]:
    """Return what the docstrings of a class and its bases say of each constructor option."""
    options: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        found = (
            re.split(r'^(\w+): ', section(each, 'Args'), flags=re.MULTILINE)[1:]
            if vars(each).get('__doc__')
            else []
        )
        for name, text in zip(found[::2], found[1::2], strict=True):
            if name not in options or not text.startswith('As in '):  # which the base says in full
                options[name] = ' '.join(text.split())
    return options


def constructor(kind: type[Any]) -> list[inspect.Parameter]:
    """Return the named options of a class's constructor, and those that it hands on to the base's."""
    options: dict[str, inspect.Parameter] = {}
    for each in kind.__mro__:
        if '__init__' in vars(each):
            found = inspect.signature(vars(each)['__init__']).parameters.values()
            options = {option.name: option for option in found if option.name != 'self'} | options
            if not any(option.kind is option.VAR_KEYWORD for option in found):
                break
    return [option for option in options.values() if option.kind is not option.VAR_KEYWORD]


def introduction(member: Any) -> str:
    """Return what a docstring says after its first line and before its sections, without equations."""
    text = (inspect.getdoc(member) or '').partition('\n')[2] + '\n'
    text = re.split(rf'^(?:{"|".join(HEADINGS)}):\n', text, maxsplit=1, flags=re.MULTILINE)[0]
    return MATH.sub('', text).strip()


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
    """Public functions of the methods' rooms that a member's code names, and those that these name."""
    seen: dict[str, FunctionType] = {}
    waiting = [member]
    while waiting:
        words = set(re.findall(r'\w+', inspect.getsource(waiting[0])))
        there = vars(inspect.getmodule(waiting.pop(0)))
        for name, value in there.items():
            ours = isinstance(value, FunctionType) and value.__module__.startswith(MATHEMATICS)
            if ours and name in words and value.__name__ not in seen:
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
