"""The leave-one-source-out study: one benchmark on all sources, and one without each of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from dann.benchmarks.plan.grid import expanded
from dann.benchmarks.plan.schema import check_data, described, mapping
from dann.core.errors import UserError

ALL = 'all-sources'
WITHOUT = 'without-'
PLAIN = 'AdaptationModule'  # the class of a row that names none


def without_each(name: str, config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the configurations of the study by name, that on all sources first.

    Where one source is left alone, the rows that train across several have no place.

    Args:
        name: Of the benchmark, for a message.
        config: Contents of its YAML file, whose ``data: source`` is a list.

    Raises:
        UserError: There are fewer than two sources.
    """
    data = mapping('data', config.get('data'))
    check_data(data)
    sources = described(data, 'source')
    if len(sources) < 2:
        raise UserError(
            f'--leave-one-out leaves out one of several sources, and {name} has one; name more, as --source A B C'
        )
    found = {ALL: deepcopy(dict(config))}
    for number, label in enumerate(_labels(sources)):
        left = sources[:number] + sources[number + 1 :]
        rest = {**data, 'source': left[0] if len(left) == 1 else left}
        title = f'{config.get("title", name)}, without {label}'
        changed = {**config, 'title': title, 'data': rest}
        found[f'{WITHOUT}{label}'] = deepcopy(changed if len(left) > 1 else _on_one(changed, left[0]))
    return found


def rows_of(config: Mapping[str, Any], asked: Sequence[str] | None) -> list[str] | None:
    """Return those of the rows asked for that a configuration of the study has; ``None`` for all."""
    if asked is None:
        return None
    rows = mapping('methods', expanded(config).get('methods'))
    return [name for name in asked if name in rows]


def _on_one(config: dict[str, Any], source: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration without the rows that one source is too few for."""
    rows = mapping('methods', expanded(config).get('methods'))
    grouped = 'groups' in (source.get('init_args') or {})
    kept = {name: row for name, row in rows.items() if not _needs_several(row or {}, grouped=grouped)}
    return config if kept == rows else {**config, 'methods': kept}


def _needs_several(row: Mapping[str, Any], *, grouped: bool) -> bool:
    """Whether a row trains across sources, by a class of its own, or with the sources for groups."""
    path, fairness = row.get('class_path', PLAIN), row.get('fairness')
    if path == PLAIN and not fairness:
        return False
    from dann.engine.catalogue import resolve  # imports torch

    if path != PLAIN and getattr(resolve('model', path), 'fewest_sources', 1) > 1:
        return True
    named = fairness.get('class_path') if isinstance(fairness, dict) else fairness
    return bool(named and not grouped and getattr(resolve('fairness', named), 'needs_groups', False))


def _labels(sources: list[dict[str, Any]]) -> list[str]:
    """Return a different name for each source: its domain, or else its class, and a number where they are alike."""
    names = []
    for each in sources:
        domain = (each.get('init_args') or {}).get('domain') or str(each.get('class_path')).rpartition('.')[2]
        names.append(re.sub(r'[^\w.+-]+', '-', str(domain)).strip('.-') or 'source')
    twice = {name for name in names if names.count(name) > 1}
    return [f'{name}-{number}' if name in twice else name for number, name in enumerate(names, start=1)]
