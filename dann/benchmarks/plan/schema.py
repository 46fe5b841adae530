"""What the values of a benchmark's keys may be, beyond their types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dann.core.errors import UserError
from dann.core.parts import PARTS
from dann.core.seeds import LARGEST_SEED

ONLY_FROZEN = ('standardised_by',)  # options of the model that need `freeze: all`
SHARED = (
    'backbone',
    'bottleneck',
    'standardised_by',
    'bottleneck_norm',
    'bottleneck_activation',
    'bottleneck_dropout',
    'head',
    'head_dropout',
    'task',
    'optimizer',
    'lr_schedule',
    'backbone_lr_scale',
    'freeze',
    'unfrozen_by',
    'layer_decay',
    'average',
    'batch_norm',
    'validators',
    'dear_validators',
)  # options of the model that no row may set, unless the table is one of papers' own settings
PRINTED = tuple(option for option in SHARED if not option.endswith('validators'))  # those in a fingerprint
OFTEN_OWN = (
    'pretraining',
)  # options of the model that all rows may have, or some: in a fingerprint where all do
BUDGET = (
    'max_epochs',
    'max_steps',
    'max_time',
    'min_epochs',
    'min_steps',
    'limit_train_batches',
    'limit_val_batches',
    'check_val_every_n_epoch',
    'val_check_interval',
    'accumulate_grad_batches',
    'fast_dev_run',
    'overfit_batches',
)  # options of the trainer that steps and evaluations stand for
MOST_SEEDS = 100_000
SEEDS = f'a count from 1 to {MOST_SEEDS:,} or a list of different numbers from 0 to {LARGEST_SEED:,}'


def check_seeds(seeds: int | list[int]) -> None:
    """Raise ``UserError`` for more seeds than can be run, and a list that is empty or holds one of them twice."""
    if isinstance(seeds, int):
        wrong = seeds > MOST_SEEDS
    else:
        wrong = not seeds or len(set(seeds)) < len(seeds) or max(seeds) > LARGEST_SEED
    if wrong:
        raise UserError(f'expected `seeds` to be {SEEDS}, got {str(seeds)[:200]}')


def check_model(model: Mapping[str, Any]) -> None:
    """Raise ``UserError`` unless the model has a class, and leaves alignment and style to the rows."""
    if not isinstance(model.get('class_path'), str):
        raise UserError('`model:` has no `class_path`; write class_path: AdaptationModule and its init_args')
    for option in mapping('model: init_args', model.get('init_args')):
        if option in ('alignment', 'style'):
            raise UserError(
                f'`model:` sets `{option}` for every row, source-only included; put it under `methods:`'
            )


def check_data(data: Mapping[str, Any]) -> None:
    """Raise ``UserError`` unless both domains are there, of the source one or a list of several."""
    for end in ('source', 'target'):
        domains = described(data, end)
        if not domains or not all(mapping(f'data: {end}', domain) for domain in domains):
            raise UserError(f'`data:` has no `{end}:`; name a data set, as {{class_path: Street}}')
        for domain in domains:
            mapping(f'data: {end}: init_args', domain.get('init_args'))
    for domain in described(data, 'unseen'):
        if not mapping('data: unseen', domain):
            raise UserError('`data: unseen` has an empty entry; name a data set, as {class_path: Street}')
        mapping('data: unseen: init_args', domain.get('init_args'))


def described(data: Mapping[str, Any], end: str) -> list[dict[str, Any]]:
    """Return the configurations of the domains that ``source``, ``target`` or ``unseen`` stands for.

    ``source`` is one or a list, ``unseen`` a list or nothing.
    """
    value = data.get(end)
    if end == 'unseen':
        if value is not None and not isinstance(value, list):
            raise UserError(
                f'expected `data: unseen` to be a list of data sets, got {value!r}; put a dash before each'
            )
        return value or []
    several = isinstance(value, list) and end == 'source'
    return value if several else [value]  # type: ignore[list-item, return-value]


def check_trainer(trainer: Mapping[str, Any]) -> None:
    """Raise ``UserError`` for options of the trainer that would give rows different budgets."""
    for option in trainer:
        if option in BUDGET:
            raise UserError(
                f'`trainer:` sets `{option}`; use `steps:` and `evaluations:`, which every row shares'
            )


def check_rows(rows: Mapping[str, Any]) -> None:
    """Raise ``UserError`` unless every row has a usable name and options that can be read."""
    for row, options in rows.items():
        _check_row(row, options)


def _check_row(name: Any, row: Any) -> None:
    if not isinstance(name, str) or not re.fullmatch(r'[\w.+-]+', name) or name.startswith('.'):
        raise UserError(
            f'expected a method name of letters, digits and . + - _, got {name!r}; quote or rename it'
        )
    if row is not None and not isinstance(row, dict):
        raise UserError(f'method {name!r} is {row!r}; write {{}} or options such as {{alignment: DANN}}')
    options = row or {}
    mapping(f'methods: {name}: init_args', options.get('init_args'))
    for option in PARTS:
        value = options.get(option)
        named = value.get('class_path') if isinstance(value, dict) else value
        if option in options and not isinstance(named, str):
            raise UserError(
                f'method {name!r} has {option} {value!r}; write a class, or its class_path and init_args'
            )


def check_shared(rows: Mapping[str, Any], *, as_published: bool) -> None:
    """Raise ``UserError`` where a row sets what all rows share; as published it may set all but the scores."""
    fixed = tuple(option for option in SHARED if option not in PRINTED) if as_published else SHARED
    for name, row in rows.items():
        for option in (*row, *(row.get('init_args') or {})):
            if option in fixed:
                ways = '' if as_published else ', or `as_published: true` where each row follows its paper'
                raise UserError(
                    f'method {name!r} sets `{option}`, which all rows share; set it under `model:`{ways}'
                )


def mapping(key: str, value: Any) -> dict[str, Any]:
    """Return a mapping, empty for ``None``; raise ``UserError`` for anything else."""
    if value is not None and not isinstance(value, dict):
        raise UserError(f'expected `{key}` to be a mapping, got {value!r}; write keys and values below it')
    return value or {}


def leave_out_what_needs_frozen(options: dict[str, Any]) -> None:
    """Take the options away that a model cannot have whose backbone is trained."""
    if options.get('freeze') != 'all':
        for name in ONLY_FROZEN:
            options.pop(name, None)
