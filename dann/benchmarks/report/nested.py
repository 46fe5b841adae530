"""A configuration as lines to read: a class by its name, its options indented below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fact:
    """One line.

    Args:
        depth: How far it is indented.
        name: Of the option.
        text: Its value; empty where only what is below it has values.
    """

    depth: int
    name: str
    text: str


def facts(values: Mapping[str, Any], depth: int = 0) -> Iterator[Fact]:
    """Yield the lines of a mapping, at any depth.

    Args:
        values: Names and values, as read from YAML.
        depth: Of the first line.
    """
    for name, value in values.items():
        yield from _fact(str(name), value, depth)


def _fact(name: str, value: Any, depth: int) -> Iterator[Fact]:
    own, below = _split(value)
    yield Fact(depth, name, own)
    yield from facts(below, depth + 1)


def _split(value: Any) -> tuple[str, Mapping[str, Any]]:
    """Return what stands on the line itself, and what goes below it."""
    if isinstance(value, Mapping):
        if 'class_path' not in value:
            return '' if value else 'none', value
        rest = {key: each for key, each in value.items() if key not in ('class_path', 'init_args')}
        return str(value['class_path']).rpartition('.')[2], {**(value.get('init_args') or {}), **rest}
    if isinstance(value, Sequence) and not isinstance(value, str):
        if any(isinstance(each, Mapping | list) for each in value):
            return '', {str(place): each for place, each in enumerate(value, start=1)}
        return ', '.join(map(_word, value)) or 'none', {}
    return _word(value), {}


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    return 'none' if value is None else str(value)


def inline(value: Any) -> str:
    """Return a value on one line: ``AFN (radius 25.0)``."""
    own, below = _split(value)
    options = ', '.join(f'{name} {inline(each)}' for name, each in below.items())
    if not own:
        return options
    return f'{own} ({options})' if options else own
