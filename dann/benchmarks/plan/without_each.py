"""The leave-one-source-out study: one benchmark on all sources, and one without each of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from dann.benchmarks.plan.grid import expanded
from dann.benchmarks.plan.schema import check_data, described, mapping
from dann.core.errors import UserError
from dann.reporting.saying import say

ALL = 'all-sources'
WITHOUT = 'without-'
PLAIN = 'AdaptationModule'  # the class of a row that names none


def without_each(name: str, config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the configurations of the study by name, that on all sources first.

    Rows that train across more sources than are left have no place.

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
        found[f'{WITHOUT}{label}'] = deepcopy(_fitting(changed, left))
    return found


def rows_of_each(found: Mapping[str, Mapping[str, Any]], asked: Sequence[str] | None) -> dict[str, list[str]]:
    """Return which rows each configuration of the study runs, and say which it has too few sources for.

    Args:
        found: What ``without_each`` returned.
        asked: Names of the rows to run; ``None`` for all.

    Returns:
        Names of rows by configuration, those left out that would have none.

    Raises:
        UserError: Nothing is left without any of the sources.
    """
    have = {name: mapping('methods', expanded(config).get('methods')) for name, config in found.items()}
    wanted = [row for row in have[ALL] if asked is None or row in asked]
    for name, rows in have.items():
        for row in wanted:
            if row not in rows:
                say(f'{row} is left out of {name}: it trains across more sources than are left')
    chosen = {name: kept for name, rows in have.items() if (kept := [row for row in wanted if row in rows])}
    if wanted and not any(name.startswith(WITHOUT) for name in chosen):
        raise UserError(
            f'--leave-one-out has no row left without any of the sources, as {", ".join(wanted)} '
            f'train{"s" * (len(wanted) == 1)} across more; name more sources, or other rows with --methods'
        )
    return chosen


def _fitting(config: dict[str, Any], left: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a configuration without the rows that the sources ``left`` are too few for."""
    rows = mapping('methods', expanded(config).get('methods'))
    shared = mapping('model', config.get('model'))
    kept = {name: row for name, row in rows.items() if not _lacks(_model(shared, row or {}), left)}
    return config if kept == rows else {**config, 'methods': kept}


def _model(shared: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return class and options of a row's model: those that all rows share, changed by its own."""
    path = row.get('class_path') or shared.get('class_path') or PLAIN
    return path, {**(shared.get('init_args') or {}), **(row.get('init_args') or {}), **row}


def _lacks(model: tuple[str, dict[str, Any]], left: list[dict[str, Any]]) -> bool:
    """Whether a model trains across more sources than ``left``, by its class, or with the sources for groups."""
    path, options = model
    fairness = options.get('fairness')
    if path == PLAIN and not fairness:
        return False
    from dann.engine.catalogue import resolve  # imports torch

    if path != PLAIN and resolve('model', path).sources_for(options) > len(left):
        return True
    grouped = len(left) > 1 or bool((left[0].get('init_args') or {}).get('groups'))
    named = fairness.get('class_path') if isinstance(fairness, dict) else fairness
    return bool(named and not grouped and resolve('fairness', named).needs_groups)


def _labels(sources: list[dict[str, Any]]) -> list[str]:
    """Return a different name for each source: its domain, or else its class, and a number where they are alike."""
    names = []
    for each in sources:
        domain = (each.get('init_args') or {}).get('domain') or str(each.get('class_path')).rpartition('.')[2]
        names.append(re.sub(r'[^\w.+-]+', '-', str(domain)).strip('.-') or 'source')
    twice = {name for name in names if names.count(name) > 1}
    return [f'{name}-{number}' if name in twice else name for number, name in enumerate(names, start=1)]
