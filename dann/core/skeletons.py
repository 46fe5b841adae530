"""Classes as their source shows them, without an import: the names of the methods need no torch.

A skeleton has the name, bases, docstring and plain values of a class, and a stub for each of its functions, so that
Python itself says what it inherits and whether it is abstract. What a file computes when it runs is not known here:
to ask for it raises ``UnclearSourceError``, and the caller imports the class.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import re
import sys
from abc import ABC
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from dann.core.frozen import frozen

OUTSIDE = {
    *sys.stdlib_module_names,
    'torch',
    'pytorch_lightning',
}  # where nothing derives from a class of ours
CLASS = re.compile(r'^\s*class\s+\w+\s*[\[(]', re.MULTILINE)
Function = ast.FunctionDef | ast.AsyncFunctionDef


class UnclearSourceError(Exception):
    """The source alone does not say what was asked for; import the classes instead."""


def skeletons(base: str, package: str) -> dict[str, type[Any]]:
    """Return what ``registered`` returns for a base class and a package, as skeletons of the classes.

    Args:
        base: Dotted path of the base class.
        package: Dotted path of the package that holds the classes; ``base`` lies in the same top-level package.

    Raises:
        UnclearSourceError: The classes can only be known by importing them.
    """
    sources = _Sources(package.partition('.')[0])
    parent, found = sources.named(base), dict[str, type[Any]]()
    for module in sources.modules(package):
        for name in sources.classes(module):
            kind = sources.named(f'{module}.{name}')
            if kind is parent or not issubclass(kind, parent) or inspect.isabstract(kind):
                continue
            if not getattr(kind, 'listed', True):
                continue
            if name in found or kind.__doc__ is None or sources.decorated & set(kind.__mro__):
                raise UnclearSourceError(f'{module}.{name}')
            found[name] = kind
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class _Module:
    """What a file defines: its classes, and the dotted path of each name that it imports."""

    classes: dict[str, ast.ClassDef]
    imports: dict[str, str]


class _Sources:
    """The classes of one top-level package; each file is parsed when it is first asked for."""

    def __init__(self, package: str) -> None:
        spec = find_spec(package)
        places = list(spec.submodule_search_locations or ()) if spec else []
        if len(places) != 1 or not Path(places[0]).is_dir():
            raise UnclearSourceError(f'{package} is no single folder')
        self.package, self.root = package, Path(places[0])
        self.decorated: set[type[Any]] = set()
        self._parsed: dict[str, _Module] = {}
        self._built: dict[str, type[Any]] = {}

    def path(self, module: str) -> Path | None:
        """Return the file of a module or package; ``None`` where there is none."""
        stem = self.root.joinpath(*module.split('.')[1:])
        paths = (stem / '__init__.py', stem.with_suffix('.py'))
        return next((path for path in paths if path.is_file()), None)

    def modules(self, package: str) -> Iterator[str]:
        """Yield the modules and packages below ``package``, as an import of all of them would find them."""
        folder = self.root.joinpath(*package.split('.')[1:])
        for found in iter_modules([str(folder)], prefix=f'{package}.'):
            yield found.name
            if found.ispkg:
                yield from self.modules(found.name)

    def classes(self, module: str) -> list[str]:
        """Return the names of the classes with bases that a module defines."""
        path = self.path(module)
        if path is None:
            raise UnclearSourceError(f'{module} has no source')
        return list(self._module(module).classes) if CLASS.search(_text(path)) else []

    def named(self, dotted: str) -> type[Any]:
        """Return the skeleton of the class at a dotted path, wherever it was imported from."""
        if dotted not in self._built:
            module, _, name = dotted.rpartition('.')
            if dotted.partition('.')[0] != self.package:
                self._built[dotted] = _outside(dotted)
            elif self.path(module) is None:
                raise UnclearSourceError(f'{dotted} is in no file')
            elif name in (found := self._module(module)).classes:
                self._built[dotted] = self._built_of(found.classes[name], module)
            elif name in found.imports:
                self._built[dotted] = self.named(found.imports[name])
            else:
                raise UnclearSourceError(f'{dotted} is neither defined nor imported there')
        return self._built[dotted]

    def _built_of(self, node: ast.ClassDef, module: str) -> type[Any]:
        bases = tuple(self.named(self._dotted(base, module)) for base in node.bases)
        if node.keywords:
            raise UnclearSourceError(f'{module}.{node.name} has a metaclass or options')
        try:
            kind: type[Any] = type(node.name, bases, _namespace(node) | {'__module__': module})
        except TypeError as error:
            raise UnclearSourceError(f'{module}.{node.name}: {error}') from error
        if node.decorator_list:
            self.decorated.add(kind)
        return kind

    def _dotted(self, base: ast.expr, module: str) -> str:
        """Return the dotted path of an expression in the list of bases; ``Generic[T]`` is ``Generic``."""
        if isinstance(base, ast.Subscript):
            return self._dotted(base.value, module)
        if isinstance(base, ast.Attribute):
            return f'{self._dotted(base.value, module)}.{base.attr}'
        found = self._module(module)
        if isinstance(base, ast.Name):
            if base.id in found.classes:
                return f'{module}.{base.id}'
            if base.id in found.imports:
                return found.imports[base.id]
            if hasattr(builtins, base.id):
                return f'builtins.{base.id}'
        raise UnclearSourceError(f'a base class in {module}')

    def _module(self, module: str) -> _Module:
        if module not in self._parsed:
            path = self.path(module)
            assert path is not None
            package = module if path.name == '__init__.py' else module.rpartition('.')[0]
            self._parsed[module] = _parsed(path, package)
        return self._parsed[module]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError) as error:
        raise UnclearSourceError(str(path)) from error


def _parsed(path: Path, package: str) -> _Module:
    try:
        tree = ast.parse(_text(path))
    except (SyntaxError, ValueError) as error:
        raise UnclearSourceError(str(path)) from error
    module = _Module({}, {})
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            module.classes[node.name] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module.imports.update(_imported(node, package))
        elif not isinstance(node, Function) and any(
            isinstance(each, ast.ClassDef) for each in ast.walk(node)
        ):
            raise UnclearSourceError(f'{path} defines a class under a condition')
    return module


def _imported(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, str]]:
    """Yield each name that a statement binds, with its dotted path."""
    if isinstance(node, ast.Import):
        for each in node.names:
            yield (each.asname, each.name) if each.asname else (each.name.partition('.')[0],) * 2
        return
    above = package.split('.')[: len(package.split('.')) + 1 - node.level] if node.level else []
    origin = '.'.join([*above, *([node.module] if node.module else [])])
    for each in node.names:
        yield each.asname or each.name, f'{origin}.{each.name}'


def _outside(dotted: str) -> type[Any]:
    """Return an empty class in the place of one of another package."""
    if dotted == 'abc.ABC':
        return ABC
    if dotted.partition('.')[0] not in OUTSIDE:
        raise UnclearSourceError(f'{dotted} may derive from a class of ours')
    return type(dotted.rpartition('.')[2], (), {'__module__': dotted.rpartition('.')[0]})


def _namespace(node: ast.ClassDef) -> dict[str, Any]:
    """Return what the body of a class defines: plain values as they are, stubs for functions."""
    found: dict[str, Any] = {'__doc__': ast.get_docstring(node, clean=False)}
    for part in node.body:
        if isinstance(part, Function):
            found[part.name] = _stub(part)
        elif isinstance(part, ast.Assign | ast.AnnAssign):
            targets = part.targets if isinstance(part, ast.Assign) else [part.target]
            names = [each.id for each in targets if isinstance(each, ast.Name)]
            if part.value is not None:
                found |= dict.fromkeys(names, _value(part.value))
        elif not isinstance(part, ast.Expr | ast.Pass):
            raise UnclearSourceError(f'{node.name} has more in its body than values and functions')
    found.pop('__slots__', None)
    return found


def _value(node: ast.expr) -> Any:
    try:
        return frozen(ast.literal_eval(node))  # as the base classes freeze the tables of a class
    except ValueError:
        return _Unread(ast.unparse(node))


class _Unread:
    """A value that is computed when the file is run: nothing is to be said or decided by it."""

    def __init__(self, written: str) -> None:
        self.written = written

    def __str__(self) -> str:
        raise UnclearSourceError(self.written)

    def __bool__(self) -> bool:
        raise UnclearSourceError(self.written)


def _stub(node: Function) -> Any:
    def stub(*args: Any, **options: Any) -> None:
        """Do nothing."""

    words = {ast.unparse(each).rpartition('.')[2] for each in node.decorator_list}
    stub.__isabstractmethod__ = 'abstractmethod' in words  # type: ignore[attr-defined]
    return property(stub) if 'property' in words else stub
