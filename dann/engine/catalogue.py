"""The methods, data sets, backbones and validators that exist, from the classes themselves."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import dann
from dann.core.alignment import Alignment
from dann.core.errors import UserError, check, unknown
from dann.core.fairness import Fairness
from dann.core.frozen import thawed
from dann.core.online_method import OnlineMethod
from dann.core.pretraining import Pretraining
from dann.core.registry import registered
from dann.core.style import Style
from dann.core.validator import Validator
from dann.datasets.base import DomainDataset
from dann.engine import listing
from dann.engine.bank import style_obstacle
from dann.engine.listing import LISTED, PLACES
from dann.engine.listing import cited as cited
from dann.engine.listing import summary as summary
from dann.engine.module import AdaptationModule
from dann.networks import Backbone

REGISTRY: dict[str, tuple[Any, str]] = {
    'model': (AdaptationModule, 'dann.methods.training'),
    'alignment': (Alignment, 'dann.methods.alignment'),
    'style': (Style, 'dann.methods.style'),
    'fairness': (Fairness, 'dann.tasks'),
    'pretraining': (Pretraining, 'dann.methods.pretraining'),
    'validator': (Validator, 'dann.validators'),
    'backbone': (Backbone, 'dann.networks'),
    'dataset': (DomainDataset, 'dann.datasets'),
    'online': (OnlineMethod, 'dann.methods.online'),
}
CONTAINERS = ('Together',)  # a sum of other methods, not a method itself


@dataclass(frozen=True, slots=True)
class Method:
    """A class in one of the packages of ``dann.methods``.

    Args:
        name: Of the class.
        place: ``alignment``, ``style`` or ``training``.
        kind: The class.
    """

    name: str
    place: str
    kind: type[Any]

    @property
    def family(self) -> str:
        """What kind of method it is, as it declares."""
        return str(self.kind.family)

    @property
    def key(self) -> str:
        """Name of its row: lower case, with words apart."""
        return re.sub(r'(?<=[a-z])(?=[A-Z][a-z])', '_', self.name).lower()

    @property
    def row(self) -> dict[str, Any]:
        """Its row with all defaults."""
        return {'class_path' if self.place == 'training' else self.place: self.name}

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        """Its row, and those of the variants that it declares itself rather than inherits."""
        variants: Mapping[str, Mapping[str, Any]] = vars(self.kind).get('rows', {})
        return {self.key: self.row} | {name: thawed(row) for name, row in variants.items()}


def resolve(kind: str, path: str) -> type[Any]:
    """Return the class of a short name or dotted path.

    Args:
        kind: ``model``, ``alignment``, ``style``, ``fairness``, ``pretraining``, ``validator``, ``backbone`` or
            ``dataset``.
        path: For example ``DANN`` or ``my_loss.MyLoss``.

    Raises:
        UserError: No such class, or one of another kind.
    """
    return resolved(kind, path, *REGISTRY[kind])


def resolved(kind: str, path: str, base: Any, package: str) -> type[Any]:
    """Return the class of a short name or dotted path, as ``resolve``.

    Args:
        kind: What messages call it.
        path: For example ``DANN`` or ``my_loss.MyLoss``.
        base: Which the class derives from.
        package: Where the classes with short names are.

    Raises:
        UserError: No such class, or one of another kind.
    """
    known = registered(base, package)
    if path in known:
        return known[path]
    if '.' not in path:
        raise unknown(kind, path, known)
    return named(kind, path, base)


def named(kind: str, path: str, base: Any) -> type[Any]:
    """Return the class that a dotted path names.

    Args:
        kind: What messages call it.
        path: For example ``my_loss.MyLoss``.
        base: Which the class derives from.

    Raises:
        UserError: It cannot be imported, or is of another kind.
    """
    found = imported(kind, path)
    if not (isinstance(found, type) and issubclass(found, base)):
        home = 'dann' if base.__name__ in dann.__all__ else base.__module__
        raise UserError(f'{path} is no {base.__name__}; derive the class from {home}.{base.__name__}')
    return found


def own_kinds(kind: str, paths: Iterable[str], base: Any, taken: Iterable[str] = ()) -> list[type[Any]]:
    """Return the classes that dotted paths name, each once, with ``name`` and all that the base class asks for.

    Args:
        kind: What messages call one.
        paths: For example ``my_rule.Keeps``.
        base: Which the classes derive from.
        taken: Names that others have.

    Raises:
        UserError: One cannot be imported, is of another kind or not whole, or two have one name.
    """
    found = [named(kind, path, base) for path in dict.fromkeys(paths)]
    names = [*taken]
    for each in found:
        name = getattr(each, 'name', '')
        if inspect.isabstract(each) or not name:
            raise UserError(
                f'{each.__name__} is no whole {base.__name__}; give it `name` and what the base class asks for'
            )
        if name in names:
            raise UserError(f'the {kind} {name} is there already; give yours another name')
        names.append(name)
    return found


def imported(kind: str, path: str) -> Any:
    """Return what a dotted path names; raise ``UserError`` where it cannot be imported."""
    module, _, name = path.rpartition('.')
    try:
        return getattr(importlib.import_module(module), name)
    except Exception as error:
        # a user's module may raise anything when it is imported
        why = f'{type(error).__name__}: {error}'
        msg = f'cannot import {kind} {path!r} ({why}); correct it, or run from the folder that holds it'
        raise UserError(msg) from error


def methods() -> list[Method]:
    """Return every class in the packages ``alignment``, ``style`` and ``training``, package by package."""
    return [
        Method(name, PLACES[kind], member)
        for kind in LISTED['methods']
        for name, member in registered(*REGISTRY[kind]).items()
    ]


def rows(*, stored: bool = False, many_sources: bool = False) -> dict[str, dict[str, Any]]:
    """Return the catalogue as rows of a benchmark: source-only, every method and its variants, and the ceiling.

    Args:
        stored: Only those that train on stored features of a frozen backbone.
        many_sources: Those for several sources too.

    Raises:
        ValueError: Two methods ask for one name.
    """
    found: dict[str, dict[str, Any]] = {'source_only': {}}
    for method in methods():
        if method.name not in CONTAINERS and not (
            (stored and _needs_images(method.kind))
            or (not many_sources and getattr(method.kind, 'many_sources', False))
        ):
            clash = found.keys() & method.rows.keys()
            check(
                not clash,
                f'expected unique row names from {method.name}, got {sorted(clash)} twice; rename one',
            )
            found |= method.rows
    return found | {'target_supervised': {'reference': True}}


def _needs_images(kind: type[Any]) -> bool:
    return bool(style_obstacle(kind())) if issubclass(kind, Style) else getattr(kind, 'needs_images', False)


def rows_of(kind: str) -> list[dict[str, str]]:
    """Return what ``listing.rows_of`` returns, from the imported classes."""
    return listing.listed(kind, _imported)


def describe_dataset(name: str) -> dict[str, str]:
    """Return what ``listing.describe_dataset`` returns, from the imported classes.

    Raises:
        UserError: There is no such data set.
    """
    return listing.described(name, _imported)


def _imported(kind: str) -> dict[str, type[Any]]:
    return registered(*REGISTRY[kind])
