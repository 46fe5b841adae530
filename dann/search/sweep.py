"""A sweep of Weights & Biases over the ranges that the classes of one row declare."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from dann.core.errors import UserError
from dann.core.search_space import Categorical, Float, Values
from dann.engine.catalogue import CONTAINERS
from dann.reporting.files import write_whole
from dann.search.plan import Plan
from dann.search.space import space, spell_out

METHODS = {'random': 'random', 'tpe': 'bayes'}  # W&B's nearest to a sampler
STEPS = 8  # ratios between the two bounds of whole numbers on a logarithmic scale, for which W&B has no range


def write_sweep(plan: Plan, file: Path) -> str:
    """Write a sweep and, beside it, the configuration of its runs; return what to do with it.

    Its agents call ``dann fit`` on that configuration, once for each draw, under the first of the search's seeds.

    Args:
        plan: Of the one row to search, with the rule whose score is compared.
        file: The sweep; the configuration is ``<stem>-run.yaml``.

    Raises:
        UserError: More than one row, one with nothing to search, or one that ``dann fit`` has no options for.
    """
    name, row = _only_row(plan)
    run = file.with_name(f'{file.stem}-run.yaml')
    config = plan.grid({name: spell_out(row)}).config(name, plan.seeds[0])
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        for path, content in ((run, config), (file, sweep(plan, name, row, run))):
            write_whole(path, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
    except OSError as error:
        raise UserError(
            f'cannot write {file} ({error.strerror}); name a file in a folder you can write'
        ) from error
    return f'wandb sweep {shlex.quote(str(file))}'


def sweep(plan: Plan, name: str, row: Mapping[str, Any], run: Path) -> dict[str, Any]:
    """Return what the file of a sweep says.

    Args:
        plan: The budget and the rule.
        name: Of the row.
        row: As the benchmark has it.
        run: The file with the configuration of its runs.
    """
    return {
        'name': f'{plan.benchmark.name} {name}',
        'method': METHODS[plan.sampler],
        'metric': {'name': plan.score, 'goal': 'maximize'},
        'run_cap': plan.trials,
        'parameters': {_flag(option): _parameter(found.where) for option, found in space(row).items()},
        'command': ['dann', 'fit', '--config', str(run), '--logger+=wandb', '${args}'],
    }


def _only_row(plan: Plan) -> tuple[str, dict[str, Any]]:
    rows = plan.benchmark.methods
    if len(rows) != 1:
        raise UserError(
            f'a sweep is over one row, got {len(rows)}; name it with --methods, for example {[*rows][-1]}'
        )
    ((name, row),) = rows.items()
    parts = [row.get(kind) for kind in ('alignment', 'style')]
    if any(isinstance(part, Mapping) and part['class_path'] in CONTAINERS for part in parts):
        raise UserError(
            f'{name} is a sum, whose members have no options of `dann fit`; search it without --sweep'
        )
    if not space(row):
        raise UserError(f'{name} has nothing to search; name another row with --methods')
    return name, row


def _flag(option: str) -> str:
    """Return the option of ``dann fit`` for a dotted name such as ``alignment.weight``."""
    part, _, name = option.rpartition('.')
    place = 'model' if part == 'model' else f'model.init_args.{part}'
    return f'{place}.init_args.{name}'


def _parameter(where: Values) -> dict[str, Any]:
    if isinstance(where, Categorical):
        return {'values': [_typed(option) for option in where.options]}
    if isinstance(where, Float):
        kind = 'log_uniform_values' if where.log else 'uniform'
        return {'distribution': kind, 'min': float(where.low), 'max': float(where.high)}
    if where.log:
        ratio = (where.high / where.low) ** (1 / STEPS)
        return {'values': sorted({round(where.low * ratio**step) for step in range(STEPS + 1)})}
    return {'distribution': 'int_uniform', 'min': where.low, 'max': where.high}


def _typed(option: object) -> Any:
    """Return a value as an agent can type it: numbers and words as they are, the rest as YAML."""
    if isinstance(option, int | float | str) and not isinstance(option, bool):
        return option
    return json.dumps(option)
