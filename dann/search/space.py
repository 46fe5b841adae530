"""The hyper-parameters of a benchmark's row, and where each may be searched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from dann.core.parts import PARTS
from dann.core.signatures import constructor
from dann.engine.catalogue import CONTAINERS, resolve
from dann.search.sampler import Option

OWN = (
    'class_path',
    'init_args',
    'reference',
    'shots',
    'sampling',
    *PARTS,
)  # of a row, and no option of a model

Row = dict[str, Any]


def space(row: Mapping[str, Any]) -> dict[str, Option]:
    """Return what may be searched of a row: dotted name to option, such as ``alignment.weight``.

    All its parts count: a training class under ``model``, ``alignment``, ``style``, and the members of a sum of
    alignments, each by its class, as in ``alignment.DANN.weight``. What the row sets itself stays as it is,
    because it is what distinguishes a variant from its method. A row that trains on target labels alone has nothing
    to search.
    """
    return {
        f'{prefix}.{name}': Option(where, _default(kind, name))
        for prefix, kind, given in _parts(spell_out(row))
        for name, where in kind.search.items()
        if name not in given
    }


def fill(row: Mapping[str, Any], values: Mapping[str, Any]) -> Row:
    """Return a row with ``values``, by dotted name; without any, the row as it is."""
    if not values:
        return deepcopy(dict(row))
    full = spell_out(row)
    for prefix, _, given in _parts(full):
        for name, value in values.items():
            if name.rpartition('.')[0] == prefix:
                given[name.rpartition('.')[2]] = deepcopy(value)
    return full


def spell_out(row: Mapping[str, Any]) -> Row:
    """Return a row that means the same, with ``class_path`` and ``init_args`` written out for every part."""
    options = deepcopy(dict(row.get('init_args') or {})) | deepcopy(
        {key: value for key, value in row.items() if key not in ('class_path', 'init_args')}
    )
    full = {key: row[key] for key in ('class_path',) if key in row}
    full |= {key: options.pop(key) for key in OWN if key in options}
    for kind in PARTS:
        if full.get(kind) is not None:
            full[kind] = _spelled(full[kind])
    return full | ({'init_args': options} if options or 'class_path' in full else {})


def _spelled(part: Any) -> dict[str, Any]:
    path = part if isinstance(part, str) else part['class_path']
    options = {} if isinstance(part, str) else dict(part.get('init_args') or {})
    if path in CONTAINERS:
        options['alignments'] = [_spelled(member) for member in options['alignments']]
    return {'class_path': path, 'init_args': options}


def _parts(row: Row) -> Iterator[tuple[str, type[Any], dict[str, Any]]]:
    """Yield, of a row that is spelled out, each part's dotted prefix, its class, and the options it is given."""
    if row.get('reference'):
        return
    if 'class_path' in row:
        yield 'model', resolve('model', row['class_path']), row['init_args']
    for kind in PARTS:
        if row.get(kind) is not None:
            yield from _members(kind, kind, row[kind])


def _members(prefix: str, kind: str, part: dict[str, Any]) -> Iterator[tuple[str, type[Any], dict[str, Any]]]:
    if part['class_path'] not in CONTAINERS:
        yield prefix, resolve(kind, part['class_path']), part['init_args']
        return
    members = part['init_args']['alignments']
    names = [str(member['class_path']).rpartition('.')[2] for member in members]
    twice = {name for name, count in Counter(names).items() if count > 1}
    for position, (name, member) in enumerate(zip(names, members, strict=True)):
        own = f'{name}-{position}' if name in twice else name
        yield from _members(f'{prefix}.{own}', kind, member)


def _default(kind: type[Any], name: str) -> Any:
    defaults = {option.name: option.default for option in constructor(kind)}
    value = defaults.get(name)
    return list(value) if isinstance(value, tuple) else value
