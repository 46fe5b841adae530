"""What a benchmark's YAML may say."""

from __future__ import annotations

import re
from typing import Any

from dann.core.errors import UserError, unknown

KEYS = (
    'title',
    'seeds',
    'steps',
    'evaluations',
    'select',
    'model',
    'data',
    'trainer',
    'methods',
    'published',
    'benchmarks',
    'search',
)
SHARED = (
    'backbone',
    'bottleneck',
    'bottleneck_norm',
    'head',
    'batch_norm',
    'task',
    'optimizer',
    'lr_schedule',
    'backbone_lr_scale',
    'validators',
)
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
)


SEARCHED = {'trials': int, 'seeds': int, 'steps': int, 'select': str, 'sampler': str, 'seed': int}


def checked(name: str, config: dict[str, Any]) -> None:
    """Raise ``UserError`` unless a configuration has the shape of a benchmark's.

    Args:
        name: What to call the benchmark in a message.
        config: Contents of the YAML file.
    """
    if 'benchmarks' in config:
        raise UserError(f'{name} lists benchmarks and is none itself; name one of {config["benchmarks"]}')
    for key in config:
        if key not in KEYS:
            raise unknown('key', str(key), KEYS)
    for key in ('model', 'data', 'methods'):
        if not mapping(key, config.get(key)):
            raise UserError(f'{name} has no `{key}:` section; see `dann list benchmarks --show sim-to-real`')
    for key in ('trainer', 'published'):
        mapping(key, config.get(key))
    _check_model(config['model'])
    for domain in ('source', 'target'):
        if not mapping(f'data: {domain}', config['data'].get(domain)):
            raise UserError(
                f'`data:` of {name} has no `{domain}:`; name a data set, as {{class_path: Street}}'
            )
        mapping(f'data: {domain}: init_args', config['data'][domain].get('init_args'))
    for key in config.get('trainer') or {}:
        if key in BUDGET:
            raise UserError(
                f'`trainer:` sets `{key}`; use `steps:` and `evaluations:`, which every row shares'
            )
    _check_search(config.get('search'))
    for row, options in config['methods'].items():
        _check_row(row, options)


def _check_model(model: dict[str, Any]) -> None:
    if not isinstance(model.get('class_path'), str):
        raise UserError('`model:` has no `class_path`; write class_path: AdaptationModule and its init_args')
    for key in mapping('model: init_args', model.get('init_args')):
        if key in ('alignment', 'style'):
            raise UserError(
                f'`model:` sets `{key}` for every row, source-only included; put it under `methods:`'
            )


def _check_search(search: Any) -> None:
    """Raise ``UserError`` unless ``search`` says, whole, with what budget hyper-parameters were found."""
    for key in (given := mapping('search', search)):
        if key not in SEARCHED:
            raise unknown('key', f'search: {key}', [f'search: {known}' for known in SEARCHED])
    for key, kind in SEARCHED.items() if given else ():
        value = given.get(key)
        whole = type(value) is int and value >= (0 if key == 'seed' else 1)
        if not (isinstance(value, str) if kind is str else whole):
            wanted = 'text' if kind is str else 'a whole number'
            raise UserError(
                f'expected `search: {key}` to be {wanted}, got {value!r}; copy what `dann search` wrote'
            )


def _check_row(name: Any, row: Any) -> None:
    if not isinstance(name, str) or not re.fullmatch(r'[\w.+-]+', name) or name.startswith('.'):
        raise UserError(
            f'expected a method name of letters, digits and . + - _, got {name!r}; quote or rename it'
        )
    if row is not None and not isinstance(row, dict):
        raise UserError(f'method {name!r} is {row!r}; write {{}} or options such as {{alignment: DANN}}')
    options = row or {}
    for key in (*options, *mapping(f'methods: {name}: init_args', options.get('init_args'))):
        if key in SHARED:
            raise UserError(f'method {name!r} sets `{key}`, which all rows share; set it under `model:`')
    for key in ('alignment', 'style'):
        value = options.get(key)
        named = value.get('class_path') if isinstance(value, dict) else value
        if key in options and not isinstance(named, str):
            raise UserError(
                f'method {name!r} has {key} {value!r}; write a class, or its class_path and init_args'
            )


def mapping(key: str, value: Any) -> dict[str, Any]:
    """Return a mapping, empty for ``None``; raise ``UserError`` for anything else."""
    if value is not None and not isinstance(value, dict):
        raise UserError(f'expected `{key}` to be a mapping, got {value!r}; write keys and values below it')
    return value or {}


def positive(key: str, given: Any) -> int:
    """Return a whole number above 0, or raise ``UserError``."""
    if type(given) is not int or given < 1:
        raise UserError(f'expected `{key}` to be a whole number above 0, got {given!r}')
    return given
