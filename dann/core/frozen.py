"""Tables that a class declares, such as ``rows`` and ``search``: nobody can write into them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


def frozen(value: Any) -> Any:
    """Return ``value`` with every mapping, list and set in it replaced by one that cannot be changed.

    Args:
        value: Anything; what is neither mapping, list, tuple nor set is returned as it is.

    Example:
        >>> table = frozen({'hafn': {'layers': ['features']}})
        >>> table['hafn']['layers']
        ('features',)
        >>> table['hafn']['radius'] = 25
        Traceback (most recent call last):
        TypeError: 'mappingproxy' object does not support item assignment
    """
    if isinstance(value, Mapping):
        return MappingProxyType({key: frozen(each) for key, each in value.items()})
    if type(value) in (list, tuple):
        return tuple(frozen(each) for each in value)
    return frozenset(value) if isinstance(value, set) else value


def thawed(value: Any) -> Any:
    """Return a copy of a frozen ``value`` in plain dictionaries and lists, as a parser or a YAML file takes it.

    Args:
        value: What ``frozen`` returned; other values are returned as they are.

    Example:
        >>> thawed(frozen({'hafn': {'layers': ['features']}}))
        {'hafn': {'layers': ['features']}}
    """
    if isinstance(value, Mapping):
        return {key: thawed(each) for key, each in value.items()}
    return [thawed(each) for each in value] if isinstance(value, list | tuple) else value


def freeze_tables(kind: type[Any]) -> None:
    """Freeze the mappings, lists and sets that the class itself declares; called once, when it is defined."""
    for name, value in list(vars(kind).items()):
        if not name.startswith('__') and isinstance(value, dict | list | set):
            setattr(kind, name, frozen(value))
