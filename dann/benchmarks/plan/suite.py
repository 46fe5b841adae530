"""A suite: a file that lists several benchmarks and changes them all in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from dann import configs
from dann.benchmarks.plan.keys import check_known, names
from dann.benchmarks.plan.plan import SUITE, Plan
from dann.benchmarks.plan.schema import mapping
from dann.core.errors import UserError


def is_suite(config: Mapping[str, Any]) -> bool:
    """Whether a configuration lists benchmarks instead of describing one."""
    return SUITE in config


def configurations(name: str, config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the benchmarks of a suite by name, each with the suite's changes.

    What the suite says replaces what a benchmark says, except that mappings under ``model`` and ``trainer`` are
    merged key by key.

    Args:
        name: What to call the suite in a message.
        config: Contents of its YAML file.

    Raises:
        UserError: An unknown key, no benchmark, or two of one name.
    """
    check_known(config, [SUITE, *names(Plan, 'in_file', 'in_suite')])
    listed = config[SUITE]
    if not isinstance(listed, list) or not listed or not all(isinstance(each, str) for each in listed):
        raise UserError(
            f'expected `benchmarks` of {name} to be a list of names, got {listed!r}; '
            'write for example [day-to-night, sim-to-real]'
        )
    if len({Path(each).stem for each in listed}) < len(listed):
        raise UserError(f'{name} lists two benchmarks of one name ({", ".join(listed)}); rename one file')
    changes = {key: value for key, value in config.items() if key not in ('title', SUITE)}
    return {Path(each).stem: _changed(configs.load(each), changes) for each in listed}


def _changed(config: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = {
        key: merge(config.get(key) or {}, mapping(key, changes[key]))
        for key in names(Plan, 'merged')
        if key in changes
    }
    return config | deepcopy(dict(changes)) | merged


def merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``changes``, mappings within mappings merged key by key."""
    merged = deepcopy(dict(base))
    for key, value in changes.items():
        inner = merged.get(key)
        both = isinstance(inner, dict) and isinstance(value, dict)
        merged[key] = merge(inner or {}, value) if both else deepcopy(value)
    return merged
