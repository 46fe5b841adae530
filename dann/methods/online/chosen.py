"""Which methods adapt online, and those that a user names with their options."""

from __future__ import annotations

from contextlib import suppress
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import yaml

from dann.core.errors import CheckError, UserError, unknown
from dann.core.online_method import OnlineMethod
from dann.core.registry import registered
from dann.core.signatures import constructor
from dann.engine.catalogue import resolved

PACKAGE = 'dann.methods.online'
KIND = 'online method'
FIRST = 'none'  # what all others are compared with


def online_methods() -> dict[str, type[OnlineMethod]]:
    """Return the classes in this package by the ``name`` that each declares, what changes nothing first."""
    found = {kind.name: kind for kind in registered(OnlineMethod, PACKAGE).values()}
    return dict(sorted(found.items(), key=lambda each: (each[0] != FIRST, each[0])))


def make(text: str) -> OnlineMethod:
    """Return the method that a text names.

    Args:
        text: A name or dotted path, and options behind a colon: ``tent``, ``tent:lr=0.01``, ``my_method.Mine:a=1,b=2``.

    Raises:
        UserError: No such method or option, or an option that is out of range.

    Example:
        >>> make('bn_adapt:prior=0').prior
        0
    """
    path, _, rest = text.partition(':')
    kind = _kind(path)
    known = [each.name for each in constructor(kind) if each.kind is not each.VAR_POSITIONAL]
    hints, options = _hints(kind), dict[str, Any]()
    for part in filter(None, rest.split(',')):
        name, equals, value = part.partition('=')
        name = name.strip()
        if name not in known:
            raise unknown(f'option of {path}', name, known) if known else _without_options(path)
        if name in options:
            raise UserError(f'{text} gives the option {name} twice; leave one of them out')
        hint = hints.get(name, Any)
        options[name] = _read(value if equals or not _is(True, hint) else 'true', hint, f'{path}:{part}')
    try:
        return kind(**options)
    except (CheckError, TypeError) as error:
        raise UserError(f'{text}: {error}') from error


def _kind(path: str) -> type[OnlineMethod]:
    known = online_methods()
    if path in known:
        return known[path]
    if '.' not in path and path not in registered(OnlineMethod, PACKAGE):
        raise unknown(KIND, path, known)
    found: type[OnlineMethod] = resolved(KIND, path, OnlineMethod, PACKAGE)
    return found


def _without_options(path: str) -> UserError:
    return UserError(f'{path} has no options; leave out what stands behind the colon')


def _hints(kind: type[OnlineMethod]) -> dict[str, Any]:
    """Return the types of a constructor's options, as far as they are annotated by what can be found."""
    hints: dict[str, Any] = {}
    for each in reversed(kind.__mro__):
        if '__init__' in vars(each):
            with suppress(NameError, AttributeError, TypeError):
                hints |= get_type_hints(vars(each)['__init__'])
    return hints


def _read(text: str, hint: Any, part: str) -> Any:
    """Return the value that a text stands for; a number also where YAML, which wants a dot in 1e-5, reads none."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserError(f'cannot read {part!r}; write options as NAME:OPTION=VALUE') from error
    if isinstance(value, str) and (hint is Any or not _is(value, hint)):
        with suppress(ValueError):
            value = float(value)
    if not _is(value, hint):
        raise UserError(f'{part}: expected {_words(hint)}, got {text or "nothing"}')
    return value


def _is(value: Any, hint: Any) -> bool:
    """Whether a value is of an annotated type; of types that no option has as text, anything is."""
    if isinstance(hint, UnionType) or get_origin(hint) is Union:
        return any(_is(value, each) for each in get_args(hint))
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if hint in (int, float):
        return isinstance(value, int | hint) and not isinstance(value, bool)
    return not isinstance(hint, type) or hint not in (bool, str, NoneType) or isinstance(value, hint)


def _words(hint: Any) -> str:
    words = {int: 'a whole number', float: 'a number', bool: 'true or false', str: 'a text', NoneType: 'null'}
    if get_origin(hint) is Literal:
        return f'one of {", ".join(map(str, get_args(hint)))}'
    return ' or '.join(map(_words, get_args(hint))) or words.get(hint, str(hint))
