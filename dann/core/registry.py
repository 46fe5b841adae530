"""Finds the classes in a package: a class is registered by being defined there."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any, TypeVar

from dann.core.moved import renamed

if not TYPE_CHECKING:
    __getattr__ = renamed(__name__, {'members': 'registered', 'import_room': 'import_package'})

T = TypeVar('T')
_imported: dict[tuple[str, tuple[str, ...]], dict[str, int]] = {}  # when each folder had changed


def import_package(package: str) -> None:
    """Import every module of ``package`` and of the packages in it, so that their classes exist.

    It looks for modules again only where one of their folders has changed.
    """
    root = tuple(import_module(package).__path__)
    known = _imported.get((package, root))
    if known and known == _changed_at(known):
        return
    folders = [*root]
    for module in walk_packages(root, prefix=f'{package}.'):
        folders.extend(getattr(import_module(module.name), '__path__', ()))
    _imported[package, root] = _changed_at(folders)


def _changed_at(folders: Iterable[str]) -> dict[str, int]:
    return {folder: Path(folder).stat().st_mtime_ns for folder in folders}


def registered(base: Callable[..., T], package: str) -> dict[str, type[T]]:
    """Return the concrete subclasses of ``base`` defined in ``package``, by name, in alphabetical order.

    A class that is a part of others and none to choose says so by ``listed = False``.
    """
    import_package(package)

    def below(parent: Any) -> list[type[T]]:
        return [kind for child in parent.__subclasses__() for kind in (child, *below(child))]

    inside = (kind for kind in below(base) if kind.__module__.startswith(f'{package}.'))
    found = {
        kind.__name__: kind
        for kind in inside
        if not inspect.isabstract(kind) and getattr(kind, 'listed', True)
    }
    return dict(sorted(found.items()))
