"""Equations in docstrings, and their markup as Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from dann.engine.docstrings import MATH
from dann.engine.docstrings import arguments as arguments
from dann.engine.docstrings import described as described
from dann.engine.docstrings import introduction as introduction
from dann.engine.docstrings import section as section

MATHEMATICS = ('dann.methods', 'dann.functional')


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
