"""What the configuration's parser says of a value of another type, in plain words."""

from __future__ import annotations

import re

KEY = re.compile(r'.*Parser key "([\w.]+)": (.*)')  # the last one, which is the innermost
GIVEN = re.compile(
    r'.*(?:Got value:|Given value:|path string:|path format:) ?(.*?)(?: Subclass types expect .*|; see .*)?$'
)
NO_FILE = re.compile(r'Unable to load config ["\'](.*?)["\'](?: - |$)')
KINDS = re.compile(r"<class '(?:[\w.]+\.)?(\w+)'>|typing\.Literal\[([^\]]+)\]|type (\w+):")
WORDS = {
    'int': 'a whole number',
    'float': 'a number',
    'bool': 'true or false',
    'str': 'text',
    'list': 'a list',
    'Sequence': 'a list',
    'Iterable': 'a list',
    'Tensor': '',
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
    if found and (wrong := NO_FILE.search(found[2])):
        return f'expected `{found[1]}` to be a file or a mapping of options, got {wrong[1] or "nothing"}'
    given = found and GIVEN.search(found[2])
    kinds = _kinds(found[2]) if found else []
    if not found or not given or not kinds:
        return None
    several = f'{", ".join(kinds[:-1])} or {kinds[-1]}' if kinds[1:] else kinds[0]
    return f'expected `{found[1]}` to be {several}, got {given[1] or "nothing"}'


def _kinds(said: str) -> list[str]:
    """Return in words what a value may be, each once."""
    bare, _, listed = said.partition('Given value type')[0].partition('Subtypes: ')
    found = [_words(each) for each in KINDS.finditer(listed or bare)]
    kinds = sorted({each: None for each in found if each}, key=lambda kind: kind == WORDS['NoneType'])
    return kinds or ['the name of a class'] * ('mport' in said)


def _words(found: re.Match[str]) -> str:
    kind, choices, restricted = found.groups()
    name = kind or restricted
    return choices or WORDS.get(name, f'the name of a class derived from {name}')
