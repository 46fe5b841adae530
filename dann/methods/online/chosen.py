"""Which methods adapt online, and those that a user names with their options."""

from __future__ import annotations

from typing import Any

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
    options = dict(_option(part, text) for part in rest.split(',') if part)
    known = [each.name for each in constructor(kind) if each.kind is not each.VAR_POSITIONAL]
    for name in options:
        if name not in known:
            raise unknown(f'option of {path}', name, known) if known else _without_options(path)
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


def _option(part: str, text: str) -> tuple[str, Any]:
    name, equals, value = part.partition('=')
    try:
        return name.strip(), yaml.safe_load(value) if equals else True
    except yaml.YAMLError as error:
        raise UserError(f'cannot read {part!r} in {text!r}; write options as NAME:OPTION=VALUE') from error
