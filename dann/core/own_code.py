"""Code outside this package that an object runs, so that what was made with it is not taken for what it makes now."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from torch import nn

from dann.core.hashing import sha256
from dann.core.remembered import PACKAGE, Remembered

KNOWN = frozenset(
    {PACKAGE, 'torch', 'builtins', 'abc', 'typing', 'collections'}
)  # whose versions are told apart


def own_code(*made: object) -> str:
    """Return a hash of the files that define objects: their classes, the bases, their options' and their layers'.

    Code of this package, of torch and of Python is left out, and so is what these files import; a class that was
    typed, and has no file, is known by its name alone. Empty where nothing is left.

    Args:
        made: The objects.
    """
    kinds = {kind for each in made for part in _parts(each) for kind in type(part).__mro__}
    own = {kind for kind in kinds if kind.__module__.partition('.')[0] not in KNOWN}
    lines = sorted(f'{kind.__module__}.{kind.__qualname__} {_of_file(kind)}\n' for kind in own)
    return hashlib.sha256(''.join(lines).encode()).hexdigest() if lines else ''


def in_full(made: object) -> list[str]:
    """Return class, attributes and own code of an object that keeps plain values, as an augmentation does."""
    kind = type(made)
    return [f'{kind.__module__}.{kind.__qualname__}', repr(sorted(vars(made).items())), own_code(made)]


def _parts(made: object) -> Iterator[object]:
    """Yield an object, what it was made of, and the layers in it."""
    yield made
    if isinstance(made, Remembered):
        args, kwargs = made._made_of  # type: ignore[attr-defined]
        for option in _flat([*args, *kwargs.values()]):
            yield from _parts(option)
    if isinstance(made, nn.Module):
        yield from made.modules()


def _flat(value: Any) -> Iterator[Remembered | nn.Module]:
    """Yield the objects among options, those in lists and tables too."""
    if isinstance(value, Remembered | nn.Module):
        yield value
    elif isinstance(value, Mapping):
        yield from _flat(list(value.values()))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _flat(each)


def _of_file(kind: type[Any]) -> str:
    try:
        return sha256(Path(inspect.getfile(kind)))
    except (OSError, TypeError):
        return ''
