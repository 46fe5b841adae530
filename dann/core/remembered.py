"""Objects that remember what they were made of, so that they can be written down and made again."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Self

from dann.core.errors import UserError
from dann.core.frozen import frozen

PACKAGE = 'dann'  # whose classes a file may name without being asked for


class UnwritableError(UserError):
    """An object was made of something that has no name and no options, such as a network of the user's own."""


class Remembered:
    """Keeps the arguments of its constructor; a base class of what a configuration can name.

    ``untrained`` are the options with which it is made where weights are filled in afterwards, so that none are read
    from a file or fetched.

    >>> class Ramp(Remembered):
    ...     def __init__(self, steps, peak=1.0): ...
    >>> recipe(Ramp(3))['init_args']
    {'steps': 3}
    """

    untrained: ClassVar[Mapping[str, Any]] = frozen({})

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Make the object and keep what its constructor is going to be called with."""
        made = super().__new__(cls)
        object.__setattr__(made, '_made_of', (args, kwargs))
        return made


def recipe(made: Remembered, *, without: Iterable[str] = (), filled: bool = False) -> dict[str, Any]:
    """Return class and options of an object as a configuration has them: ``class_path`` and ``init_args``.

    Args:
        made: The object.
        without: Options to leave out.
        filled: Whether to write defaults too, in the options that are such objects as well; a default that cannot be
            written down is left out.

    Raises:
        UnwritableError: An option is neither a plain value nor such an object itself.
    """
    kind, (args, kwargs) = type(made), made._made_of  # type: ignore[attr-defined]
    signature = inspect.signature(kind.__init__)
    bound = signature.bind(made, *args, **kwargs).arguments
    given = {name: value for name, value in bound.items() if name != 'self'}
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            given |= given.pop(name, {})
    if filled:
        given = _defaults(signature) | given
    options = {
        name: _plain(value, f'{kind.__name__}({name}=...)', filled=filled)
        for name, value in given.items()
        if name not in without
    }
    return {'class_path': f'{kind.__module__}.{kind.__qualname__}', 'init_args': options}


def _defaults(signature: inspect.Signature) -> dict[str, Any]:
    """Return the defaults of a constructor that can be written down."""
    found = {}
    for name, parameter in signature.parameters.items():
        if parameter.default is not parameter.empty:
            with suppress(UnwritableError):
                _plain(parameter.default, name)
                found[name] = parameter.default
    return found


def _plain(value: Any, where: str, *, filled: bool = False) -> Any:
    if isinstance(value, Remembered):
        return recipe(value, filled=filled)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(each, where, filled=filled) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, where, filled=filled) for each in value]
    raise UnwritableError(f'{where} was given {type(value).__name__}, which cannot be written down')


def remade(written: Mapping[str, Any], allow: tuple[str, ...] = (), **options: Any) -> Any:
    """Return the object that a recipe describes, ``untrained``: its weights are to be filled in.

    No class is called that is not a ``Remembered`` of this package, or of a module that the caller allows.

    Args:
        written: ``class_path`` and ``init_args``, as ``recipe`` returns them.
        allow: Further modules, with those below them, whose classes may be imported and called.
        options: Take the place of those written.

    Raises:
        UserError: A class that is not allowed, is not there, or is none of this kind.
    """
    kind, given = _found(str(written.get('class_path')), allow), dict(written.get('init_args') or {})
    asked = {**given, **kind.untrained, **options}
    made = kind(**{name: _made(value, allow) for name, value in asked.items()})
    assert isinstance(made, Remembered)
    return made


def _made(value: Any, allow: tuple[str, ...]) -> Any:
    if isinstance(value, Mapping):
        if 'class_path' in value:
            return remade(value, allow)
        return {key: _made(each, allow) for key, each in value.items()}
    return [_made(each, allow) for each in value] if isinstance(value, list) else value


def trusted(written: Any, allow: tuple[str, ...] = ()) -> bool:
    """Whether all classes that a recipe names may be called: those of this package, and of the modules ``allow``."""
    if isinstance(written, Mapping):
        path = written.get('class_path')
        return (path is None or _allowed(str(path), allow)) and all(
            trusted(each, allow) for each in written.values()
        )
    return all(trusted(each, allow) for each in written) if isinstance(written, list) else True


def _allowed(path: str, allow: tuple[str, ...]) -> bool:
    module = path.rpartition('.')[0]
    return any(module == each or module.startswith(f'{each}.') for each in (PACKAGE, *allow))


def _found(path: str, allow: tuple[str, ...]) -> type[Any]:
    module, _, name = path.rpartition('.')
    if not _allowed(path, allow):
        raise UserError(
            f'the file names {path}, code that is no part of dann; if you trust it, allow its module: '
            f'{module.partition(".")[0] or path}'
        )
    try:
        kind = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise UserError(f'cannot import {path} ({error}); run from the folder that holds it') from error
    if not (isinstance(kind, type) and issubclass(kind, Remembered)):
        raise UserError(f'{path} is no part of a model; the file is damaged, or was not written by dann')
    return kind
