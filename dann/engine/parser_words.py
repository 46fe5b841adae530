"""What the configuration's parser says of a value of another type, in plain words."""

from __future__ import annotations

import re

KEY = re.compile(r'Parser key "([\w.]+)": (.*)')
GIVEN = re.compile(r'(?:Got value: |Given value: )(.+)$')
KINDS = re.compile(r"<class '(?:[\w.]+\.)?(\w+)'>|typing\.Literal\[([^\]]+)\]|type (\w+):")
WORDS = {
    'int': 'a whole number',
    'float': 'a number',
    'bool': 'true or false',
    'str': 'text',
    'list': 'a list',
    'Sequence': 'a list',
    'dict': 'a mapping',
    'NoneType': 'null',
    'PositiveInt': 'a whole number above 0',
    'NonNegativeInt': 'a whole number from 0',
}


def wrong_value(line: str) -> str | None:
    r"""Return which key has a value of another type than it may have, and of which; ``None`` for another complaint.

    Args:
        line: What the parser says.

    Example:
        >>> wrong_value('Parser key "data.batch_size": Expected a <class \'int\'>. Got value: 2.5')
        'expected `data.batch_size` to be a whole number, got 2.5'
    """
    found = KEY.search(line)
    given = found and GIVEN.search(found[2])
    # what is wrong with a class is said better elsewhere
    if not found or not given or 'class_path' in line or 'mport' in line:
        return None
    said = found[2].partition('Given value type')[0].partition('Subtypes: ')
    expected = [kind for kind in map(_words, KINDS.finditer(said[2] or said[0])) if kind]
    kinds = list(dict.fromkeys(expected))
    if not kinds:
        return None
    several = f'{", ".join(kinds[:-1])} or {kinds[-1]}' if kinds[1:] else kinds[0]
    return f'expected `{found[1]}` to be {several}, got {given[1]}'


def _words(found: re.Match[str]) -> str:
    kind, choices, restricted = found.groups()
    return choices or WORDS.get(kind or restricted, '')
