"""Rows with some labels of the target, for the curve that says how many labels adaptation is worth."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from dann.benchmarks.plan.grid import expanded
from dann.benchmarks.plan.schema import check_rows, mapping
from dann.core.errors import UserError, unknown

ALL = 'all'
Count = int | str


def counts_of(typed: Sequence[str]) -> list[Count]:
    """Return numbers of labels as they were typed, in ascending order, ``all`` last.

    Raises:
        UserError: One is neither a number above 0 nor ``all``.
    """
    for each in typed:
        if each != ALL and not is_count(each):
            raise UserError(
                f'expected `--labels` above 0 or `all`, of each class, got {each}; write --labels 1 5 all'
            )
    numbers = sorted({int(each) for each in typed if each != ALL})
    return [*numbers, *([ALL] if ALL in typed else [])]


def is_count(typed: str) -> bool:
    """Whether what was typed is a number of labels above 0, of at most nine digits."""
    return re.fullmatch('[0-9]{1,9}', typed) is not None and int(typed) > 0


def labelled(
    config: Mapping[str, Any], counts: Sequence[Count], methods: Sequence[str] | None
) -> dict[str, Any]:
    """Return a configuration in which every row stands once without and once with each number of target labels.

    Args:
        config: Contents of a benchmark's YAML file.
        counts: Labels of each class; ``all`` for those of the whole training split.
        methods: Names of the rows to keep, besides source-only; ``None`` for all.

    Raises:
        UserError: It has no row ``source_only`` to compare with, or a named row is not there.
    """
    whole = expanded(config)
    given = mapping('methods', whole.get('methods'))
    check_rows(given)
    rows = {name: row or {} for name, row in given.items()}
    if 'source_only' not in rows:
        raise UserError(
            '--labels compares with fine-tuning from `source_only`; add that row, `source_only: {}`'
        )
    kept = (
        [*rows] if methods is None else ['source_only', *(name for name in methods if name != 'source_only')]
    )
    for name in kept:
        if name not in rows:
            raise unknown('method', name, rows)
    found: dict[str, dict[str, Any]] = {}
    for name in kept:
        found[name] = rows[name]
        if not rows[name].get('reference') and not rows[name].get('shots'):
            found |= {row_name(name, count): {**deepcopy(rows[name]), 'shots': count} for count in counts}
    return {**whole, 'methods': found}


def row_name(method: str, count: Count) -> str:
    """Return the name of a row with labels."""
    return f'{method}+{count}-labels'
