"""A benchmark on two halves of one of its domains, between which there is nothing to adapt to."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Literal

from dann.benchmarks.plan.schema import described, mapping
from dann.core.errors import UserError

HALF = 'dann.datasets.halves.Half'


def halved(name: str, config: Mapping[str, Any], side: Literal['source', 'target']) -> dict[str, Any]:
    """Return a configuration whose source and target are the first and the second half of one of its domains.

    Args:
        name: Of the benchmark, for a message.
        config: Contents of its YAML file.
        side: Which domain is halved.

    Raises:
        UserError: That side is several domains.
    """
    data = mapping('data', config.get('data'))
    domains = described(data, side)
    if len(domains) != 1:
        raise UserError(f'the {side} of {name} is {len(domains)} domains; name one to take halves of')
    halves = {
        end: {'class_path': HALF, 'init_args': {'of': deepcopy(domains[0]), 'part': part}}
        for end, part in (('source', 'first'), ('target', 'second'))
    }
    title = f'Two halves of the {side} of {config.get("title", name)}'
    return deepcopy({**config, 'title': title, 'data': {**data, **halves}})
