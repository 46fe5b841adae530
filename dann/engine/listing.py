"""What ``dann list`` prints of the methods, data sets, backbones and validators, read from their source.

No class is imported for it, and so no torch: a list is there at once. Where the source alone does not say enough, the
classes are imported after all; both ways give the same text.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from dann.core.errors import unknown
from dann.core.skeletons import UnclearSourceError, skeletons

BASES = {  # dotted path of the base class, and the package whose classes are listed
    'model': ('dann.engine.module.AdaptationModule', 'dann.methods.training'),
    'alignment': ('dann.core.alignment.Alignment', 'dann.methods.alignment'),
    'style': ('dann.core.style.Style', 'dann.methods.style'),
    'fairness': ('dann.core.fairness.Fairness', 'dann.tasks'),
    'pretraining': ('dann.core.pretraining.Pretraining', 'dann.methods.pretraining'),
    'validator': ('dann.core.validator.Validator', 'dann.validators'),
    'backbone': ('dann.networks.backbone.Backbone', 'dann.networks'),
    'dataset': ('dann.datasets.base.DomainDataset', 'dann.datasets'),
    'online': ('dann.core.online_method.OnlineMethod', 'dann.methods.online'),
}
LISTED = {
    'methods': ('alignment', 'style', 'model'),
    'datasets': ('dataset',),
    'backbones': ('backbone',),
    'validators': ('validator',),
    'fairness': ('fairness',),
    'online': ('online',),
    'pretraining': ('pretraining',),
}
PLACES = {'alignment': 'alignment', 'style': 'style', 'model': 'training'}

Classes = Callable[[str], Mapping[str, type[Any]]]
"""Returns the classes of a kind by name: the classes themselves, or their skeletons."""


def rows_of(kind: str) -> list[dict[str, str]]:
    """Return one mapping for each of a kind, a key of ``LISTED``.

    Methods have name, place, family and paper; the others name and first line of the docstring.
    """
    try:
        return listed(kind, _read)
    except UnclearSourceError:
        from dann.engine import catalogue

        return catalogue.rows_of(kind)


def describe_dataset(name: str) -> dict[str, str]:
    """Return what a data set's class states: domains, classes, published sizes, licence, layout on disk, paper.

    Raises:
        UserError: There is no such data set.
    """
    try:
        return described(name, _read)
    except UnclearSourceError:
        from dann.engine import catalogue

        return catalogue.describe_dataset(name)


def _read(kind: str) -> Mapping[str, type[Any]]:
    return skeletons(*BASES[kind])


def listed(kind: str, classes: Classes) -> list[dict[str, str]]:
    """Return the rows of a kind.

    Args:
        kind: A key of ``LISTED``.
        classes: Where the classes are from.
    """
    found = [(PLACES.get(each, ''), *entry) for each in LISTED[kind] for entry in classes(each).items()]
    if kind == 'methods':
        return [
            {'name': name, 'where': place, 'family': str(member.family), 'paper': paper(member)}
            for place, name, member in found
        ]
    return [{'name': name, 'summary': summary(member)} for _, name, member in found]


def described(name: str, classes: Classes) -> dict[str, str]:
    """Return what the class of a data set states.

    Args:
        name: Of the class.
        classes: Where the classes are from.

    Raises:
        UserError: There is no such data set.
    """
    found = classes('dataset')
    if name not in found:
        raise unknown('data set', name, found)
    kind = found[name]
    known = {key: getattr(kind, key, '') for key in ('title', 'domains', 'classes', 'sizes', 'licence')}
    known |= {key: getattr(kind, key, '') for key in ('homepage', 'layout')}
    known['download'] = 'yes, with `download: true`' if getattr(kind, 'sources', ()) else ''
    stated = {key: _as_text(value) for key, value in known.items() if not isinstance(value, property)}
    return {'name': name, 'summary': summary(kind)} | stated | {'paper': paper(kind)}


def _as_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ', '.join(f'{key} {_as_text(each)}' for key, each in value.items())
    return ', '.join(map(str, value)) if isinstance(value, tuple) else str(value)


def summary(member: type[Any]) -> str:
    """Return the first line of a docstring, without its full stop."""
    return (inspect.getdoc(member) or '').partition('\n')[0].rstrip('.')


def cited(member: type[Any]) -> tuple[str, str]:
    """Return title and address of the first paper that a docstring cites; an empty address where it has none."""
    reference = (inspect.getdoc(member) or '').partition('Reference:')[2]
    words = ' '.join(reference.split())
    linked = re.match(r'`(?P<title>[^<]+?) <(?P<url>[^>]+)>`_', words)
    return (linked['title'], linked['url']) if linked else (words.partition('.')[0], '')


def paper(member: type[Any]) -> str:
    """Return the title of the first paper that a docstring cites, with its address where it has one."""
    title, url = cited(member)
    return f'{title} ({url})' if url else title
