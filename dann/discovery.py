"""Found by import: every class in a room is known by being there."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, TypeVar

T = TypeVar('T')


def import_room(package: str) -> None:
    """Import every module of ``package``, so that its classes exist."""
    for module in iter_modules(import_module(package).__path__):
        import_module(f'{package}.{module.name}')


def members(base: Callable[..., T], room: str) -> dict[str, type[T]]:
    """Concrete subclasses of ``base`` defined in the package ``room``, by name, in alphabetical order."""
    import_room(room)

    def below(parent: Any) -> list[type[T]]:
        return [kind for child in parent.__subclasses__() for kind in (child, *below(child))]

    inside = (kind for kind in below(base) if kind.__module__.startswith(f'{room}.'))
    found = {kind.__name__: kind for kind in inside if not inspect.isabstract(kind)}
    return dict(sorted(found.items()))
