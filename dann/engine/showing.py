"""What ``dann list KIND --show NAME`` prints of a method, a backbone or a validator."""

from __future__ import annotations

import inspect
import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from dann.core.errors import unknown
from dann.core.families import family_name
from dann.core.registry import registered
from dann.core.search_space import Categorical, Values
from dann.core.signatures import constructor
from dann.engine.catalogue import CONTAINERS, REGISTRY, Method, methods, summary
from dann.engine.docstrings import described, introduction, plain, section
from dann.engine.listing import LISTED, paper
from dann.engine.module import AdaptationModule

WIDEST = 100  # columns, also of a wider terminal
FLAGS = {'alignment': '--model.alignment', 'style': '--model.style', 'training': '--model'}
POLICIES = {
    'joint': 'both domains pass through it as one batch',
    'separate': 'the domains pass through it one after the other',
    'domain_specific': 'each domain passes through one of its own',
}


def shown(kind: str, name: str) -> str:
    """Return a page on one class, for a terminal.

    Args:
        kind: ``methods``, ``backbones``, ``validators``, ``fairness``, ``online`` or ``pretraining``.
        name: Of the class; of a method also that of its row.

    Raises:
        UserError: There is no such class.
    """
    if kind == 'methods':
        return '\n\n'.join(block for block in _blocks(_method(name)) if block)
    (of_kind,) = LISTED[kind]
    found = registered(*REGISTRY[of_kind])
    if name not in found:
        raise unknown('online method' if of_kind == 'online' else of_kind, name, found)
    parts = [
        _head(found[name]),
        _options(found[name], set()),
        _fails(found[name]),
        _paper(found[name]),
        _example(of_kind, found[name]),
    ]
    return '\n\n'.join(part for part in parts if part)


def _method(name: str) -> Method:
    found = {method.name: method for method in methods()}
    keys = {key: method for method in found.values() for key in method.rows}
    if name not in found and name not in keys:
        raise unknown('method', name, found)
    return found.get(name) or keys[name]


def _blocks(method: Method) -> Iterator[str]:
    """Yield the paragraphs of the page on a method."""
    kind, shared = method.kind, set()
    if method.place == 'training':
        shared = {option.name for option in constructor(AdaptationModule)}
    yield _head(kind)
    yield f'Family:      {family_name(method.family)}\nWhere:       {method.place}\nBatch norm:  {_batch_norm(kind)}'
    yield _options(kind, shared)
    yield _search(kind.search)
    yield _fails(kind)
    yield _paper(kind)
    yield _how_to_run(method)


def _how_to_run(method: Method) -> str:
    which = f'{FLAGS[method.place]} {method.name}'
    if method.name in CONTAINERS:
        return (
            f'Run it:\n  dann fit --config sim-to-real {which} {FLAGS[method.place]}.alignments [DANN,CORAL]'
        )
    rows = '\n'.join(f'  {name}: {_flow(row)}' for name, row in method.rows.items())
    pair = 'many-sources' if getattr(method.kind, 'many_sources', False) else 'sim-to-real'
    return f'Run it:\n  dann fit --config {pair} {which}\n\nRows of a benchmark:\n{rows}'


def _head(kind: type[Any]) -> str:
    parts = re.split(r'\n\n|\n(?=\d\. |- )', introduction(kind))
    about = [_wrapped(plain(part)) for part in parts if part.strip()]
    return '\n\n'.join([_wrapped(f'{kind.__name__}: {plain(summary(kind))}.'), *about])


def _batch_norm(kind: type[Any]) -> str:
    policy = getattr(kind, 'batch_norm_policy', None) or 'joint'
    return f'{policy}, {POLICIES[policy]}'


def _options(kind: type[Any], shared: set[str]) -> str:
    words = described(kind)
    lines = []
    for option in constructor(kind):
        if option.name not in shared and option.kind is not option.VAR_POSITIONAL:
            lines += [
                f'  {option.name}: {_default(option.default)}',
                _wrapped(plain(words.get(option.name, '')), '      '),
            ]
    return (
        '\n'.join(['Options and their defaults:', *(line for line in lines if line)])
        if lines
        else 'No options.'
    )


def _search(space: Mapping[str, Values]) -> str:
    if not space:
        return ''
    return '\n'.join(['Search space:', *(f'  {name}: {_range(values)}' for name, values in space.items())])


def _range(values: Values) -> str:
    if isinstance(values, Categorical):
        return 'one of ' + ', '.join(map(_flow, values.options))
    return f'{values.low:g} to {values.high:g}' + (', logarithmic' if values.log else '')


def _default(value: Any) -> str:
    if value is inspect.Parameter.empty:
        return 'required'
    named = isinstance(value, str | int | float | list | tuple | None)
    return _flow(list(value) if isinstance(value, tuple) else value) if named else _called(value)


def _called(value: Any) -> str:
    text = getattr(value, '__qualname__', None) or repr(value)
    return text if ' at 0x' not in text else f'{type(value).__name__}()'


def _flow(value: Any) -> str:
    """Return a value as a configuration has it."""
    import yaml

    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6)
    return text.removesuffix('\n').removesuffix('\n...')


def _fails(kind: type[Any]) -> str:
    fails = plain(section(kind, 'Fails when'))
    return _wrapped(f'Fails when: {fails[0].lower()}{fails[1:]}') if fails else ''


def _paper(kind: type[Any]) -> str:
    named = paper(kind)
    return _wrapped(f'Paper: {named}') if named else ''


def _example(kind: str, member: type[Any]) -> str:
    if kind == 'backbone':
        return f'Run it:\n  dann fit --config sim-to-real-scratch --model.backbone {member.__name__}'
    if kind == 'fairness':
        groups = ' --data.source.groups paint' if member.needs_groups else ''
        return f'Run it:\n  dann fit --config day-to-night-scratch{groups} --model.fairness {member.__name__}'
    if kind == 'online':
        return f'Run it:\n  dann online runs/NAME --methods none {member.name}'
    if kind == 'pretraining':
        backbone = f' --model.backbone {member.backbone}' if member.backbone else ''
        return f'Run it:\n  dann fit --config day-to-night-scratch{backbone} --model.pretraining {member.__name__}'
    return f'Choose by it:\n  dann report runs/NAME --select val/{member().name}'


def _wrapped(text: str, indent: str = '') -> str:
    width = min(shutil.get_terminal_size((80, 24)).columns, WIDEST)
    return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False)
