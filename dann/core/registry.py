"""Finds the classes in a package: a class is registered by being defined there."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from dann.core.moved import renamed

if not TYPE_CHECKING:
    __getattr__ = renamed(__name__, {'members': 'registered', 'import_room': 'import_package'})

T = TypeVar('T')
Folders: TypeAlias = dict[str, list[tuple[str, int]]]
_imported: dict[str, Folders] = {}


def import_package(package: str) -> None:
    """Import every module of ``package`` and of the packages in it, so that their classes exist.

    It looks for modules again only where one of their folders has changed.
    """
    root = import_module(package)
    known = _imported.get(package)
    if known and known == _folders(known):
        return
    packages = [package]
    for module in walk_packages(root.__path__, prefix=f'{package}.'):
        import_module(module.name)
        packages += [module.name] * module.ispkg
    _imported[package] = _folders(packages)


def _folders(packages: Iterable[str]) -> Folders:
    """Return when each folder of some packages was changed."""
    return {
        name: [
            (folder, Path(folder).stat().st_mtime_ns)
            for folder in getattr(sys.modules.get(name), '__path__', ())
        ]
        for name in packages
    }


def found_by_name(
    package: str, find: Callable[[], Mapping[str, Any]], public: Iterable[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a package whose classes are found in the files that define them.

    Args:
        package: Its name.
        find: Returns the classes by name; called when one is asked for.
        public: Other names that the package has.
    """

    def get(name: str) -> Any:
        # other names are those of modules, which importing would ask for before they are there
        found = find() if name[:1].isupper() else {}
        if name not in found:
            raise AttributeError(f'module {package!r} has no attribute {name!r}')
        return found[name]

    return get, lambda: sorted({*public, *find()})


def imported_when_used(
    package: str, homes: Mapping[str, str], public: Iterable[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a package that imports a public name when it is first used.

    A part of the package costs no more than itself then: torch alone takes seconds.

    Args:
        package: Its name.
        homes: The module of each name, as seen from the package.
        public: Other names that the package has.

    Example:
        >>> get, names = imported_when_used('dann.core', {'check': 'errors'})
        >>> get('check').__name__, names()
        ('check', ['check'])
    """

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f'module {package!r} has no attribute {name!r}')
        return getattr(import_module(f'{package}.{homes[name]}'), name)

    return get, lambda: sorted({*public, *homes})


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
