"""The leave-one-source-out study: one benchmark on all sources, and one without each of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from dann.benchmarks.plan.schema import check_data, described, mapping
from dann.core.errors import UserError

ALL = 'all-sources'
WITHOUT = 'without-'


def without_each(name: str, config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the configurations of the study by name, that on all sources first.

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
        found[f'{WITHOUT}{label}'] = deepcopy({**config, 'title': title, 'data': rest})
    return found


def _labels(sources: list[dict[str, Any]]) -> list[str]:
    """Return a different name for each source: its domain, or else its class, and a number where they are alike."""
    names = []
    for each in sources:
        domain = (each.get('init_args') or {}).get('domain') or str(each.get('class_path')).rpartition('.')[2]
        names.append(re.sub(r'[^\w.+-]+', '-', str(domain)).strip('.-') or 'source')
    twice = {name for name in names if names.count(name) > 1}
    return [f'{name}-{number}' if name in twice else name for number, name in enumerate(names, start=1)]
