"""A benchmark: a plan with the jobs that it expands to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from dann import configs
from dann.benchmarks.plan.keys import read
from dann.benchmarks.plan.plan import PER_SEED, SUITE, Plan
from dann.benchmarks.plan.schema import PRINTED, check_shared, described, mapping
from dann.core.errors import UserError, unknown
from dann.core.rule import DEFAULT


@dataclass(frozen=True, slots=True)
class Job:
    """One method under one seed.

    Args:
        method: Row of the table.
        seed: Of weights, data order and all randomness.
        steps: Training steps.
        protocol: Hash of all that the rows of a table must have in common.
        config: The run's configuration, as LightningCLI takes it.
    """

    method: str
    seed: int
    steps: int
    protocol: str
    config: dict[str, Any] = field(hash=False)

    @property
    def name(self) -> str:
        """Folder of the job: row, seed and the hash of its configuration."""
        return f'{self.method}-seed{self.seed}-{digest([self.config, self.protocol])}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark(Plan):
    """A plan that expands to jobs."""

    def jobs(self) -> list[Job]:
        """Return one job for each method and seed; all methods of a seed stand together."""
        protocol = digest(self.protocol)
        return [
            Job(method, seed, self.steps, protocol, self.config(method, seed))
            for seed in self.seeds
            for method in self.methods
        ]

    def of_row(self, method: str) -> Benchmark:
        """Return the benchmark as one row follows it: with the options of the model that are the row's own."""
        row = self.methods[method]
        asked = row | (row.get('init_args') or {})
        own = {option: asked[option] for option in PRINTED if option in asked}
        if not own:
            return self
        options = self.model.get('init_args') or {}
        return replace(self, model={**self.model, 'init_args': options | own})

    def shared(self, seed: int) -> dict[str, Any]:
        """Return the configuration of a run that no row has changed yet."""
        data = deepcopy(self.data) | {'steps_per_epoch': self.steps // self.epochs}
        if self.splits == PER_SEED:
            for domain in chain.from_iterable(described(data, end) for end in ('source', 'target', 'unseen')):
                domain['init_args'] = (domain.get('init_args') or {}) | {'seed': seed}
        trainer = self.trainer | {'max_epochs': self.epochs}
        return {'seed_everything': seed, 'model': deepcopy(self.model), 'data': data, 'trainer': trainer}

    def config(self, method: str, seed: int) -> dict[str, Any]:
        """Return the run's configuration of one job."""
        config, row = self.shared(seed), deepcopy(self.methods[method])
        if row.pop('reference', False):
            config['data'] |= {'source': deepcopy(config['data']['target']), 'reference': True}
        if shots := row.pop('shots', 0):
            config['data']['shots'] = shots
        if sampling := row.pop('sampling', None):
            config['data']['sampling'] = sampling
        if 'class_path' in row:
            config['model']['class_path'] = row.pop('class_path')
        shared, own = config['model'].get('init_args') or {}, row.pop('init_args', None) or {}
        config['model']['init_args'] = shared | own | row
        return config


def benchmark(
    name: str,
    config: Mapping[str, Any],
    *,
    methods: Sequence[str] | None = None,
    severity: float | None = None,
    **overrides: Any,
) -> Benchmark:
    """Return the benchmark that a configuration describes.

    Args:
        name: What to call it.
        config: Contents of the YAML file.
        methods: Names of the rows to keep; ``None`` for all.
        severity: Of the target domain's shift, in place of what the file says.
        overrides: Further keys of the file, such as ``seeds`` and ``steps``; ``None`` leaves what the file says.

    Raises:
        UserError: An unknown or missing key, an unknown method, or a number out of range.
    """
    if SUITE in config:
        raise UserError(f'{name} lists benchmarks and is none itself; name one of {config[SUITE]}')
    given = {'title': name, **config} | {key: value for key, value in overrides.items() if value is not None}
    values = read(Benchmark, name, deepcopy(expanded(given)), also=(SUITE,))
    if severity is not None:
        _set_severity(name, values['data'], severity)
    check_shared(values['methods'], as_published=values.get('as_published', False))
    values['methods'] = _chosen(values['methods'], methods)
    values['model'] = scoring(values['model'], values.get('select', DEFAULT))
    return Benchmark(name=name, **values)


def scoring(model: Mapping[str, Any], rule: str) -> dict[str, Any]:
    """Return a model's configuration under which every evaluation has the score that a selection rule reads.

    Where that is a dear one of ``dann.validators``, ``dear_validators`` becomes ``always`` unless it is given.
    """
    options = model.get('init_args') or {}
    if 'dear_validators' in options or not reads_dear(rule):
        return dict(model)
    return {**model, 'init_args': options | {'dear_validators': 'always'}}


def reads_dear(rule: str) -> bool:
    """Whether a selection rule goes by a score of ``dann.validators`` that is dear to compute."""
    if rule == DEFAULT or not rule.startswith('val/'):
        return False
    from dann.core.registry import registered  # imports every validator, and torch with them
    from dann.core.validator import Validator

    name = rule.removeprefix('val/').partition('+')[0]
    kinds = registered(Validator, 'dann.validators').values()
    return any(kind.name == name and kind.cost == 'dear' for kind in kinds)


def expanded(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration whose ``methods`` are rows.

    ``methods: every`` stands for the rows of the catalogue, ``methods: features`` for those that train on stored
    features, and the name of a benchmark for that one's rows.
    """
    named = config.get('methods')
    if not isinstance(named, str):
        return dict(config)
    if named not in ('every', 'features'):
        return expanded({**config, 'methods': configs.load(named).get('methods')})
    from dann.engine.catalogue import rows  # imports every method, and torch with them

    several = len(described(mapping('data', config.get('data')), 'source')) > 1
    return {**config, 'methods': rows(stored=named == 'features', many_sources=several)}


def _chosen(rows: dict[str, dict[str, Any]], methods: Sequence[str] | None) -> dict[str, dict[str, Any]]:
    for name in methods or ():
        if name not in rows:
            raise unknown('method', name, rows)
    return {name: row for name, row in rows.items() if not methods or name in methods}


def _set_severity(name: str, data: dict[str, Any], severity: float) -> None:
    options = data['target'].get('init_args') or {}
    if 'severity' not in options:
        raise UserError(f'the target domain of {name} has no severity; leave --severity out')
    if not 0 <= severity <= 1:
        raise UserError(f'expected `severity` in [0, 1], got {severity}')
    options['severity'] = severity


def grouped(name: str, config: Mapping[str, Any], groups: str) -> dict[str, Any]:
    """Return a configuration whose domains have groups.

    Args:
        name: Of the benchmark.
        config: Contents of its YAML file.
        groups: What both data sets' ``groups`` is set to.

    Raises:
        UserError: A data set has no such option.
    """
    from dann.core.signatures import constructor
    from dann.engine.catalogue import resolve  # imports torch

    changed = deepcopy(dict(config))
    for side in ('source', 'target'):
        for given in described(mapping('data', changed.get('data')), side):
            kind = str(mapping(f'data: {side}', given).get('class_path'))
            if 'groups' not in {option.name for option in constructor(resolve('dataset', kind))}:
                raise UserError(f'{kind}, the {side} of {name}, has no groups; leave --groups out')
            given['init_args'] = (given.get('init_args') or {}) | {'groups': groups}
    return changed


def resized(name: str, config: Mapping[str, Any], size: int) -> dict[str, Any]:
    """Return a configuration whose backbone brings images to another size.

    Args:
        name: Of the benchmark.
        config: Contents of its YAML file.
        size: Side in pixels.

    Raises:
        UserError: Its backbone takes images as they come, or the size is below 1.
    """
    changed = deepcopy(dict(config))
    model = (changed.get('model') or {}).get('init_args') or {}
    given = model.get('backbone')
    backbone = dict(given) if isinstance(given, Mapping) else {'class_path': given}
    if not _resizes(backbone):
        raise UserError(f'the backbone of {name} takes images as they come; leave --size out')
    if size < 1:
        raise UserError(f'expected `--size` above 0, got {size}')
    model['backbone'] = backbone | {'init_args': {**(backbone.get('init_args') or {}), 'image_size': size}}
    return changed


def _resizes(backbone: Mapping[str, Any]) -> bool:
    if not isinstance(path := backbone.get('class_path'), str):
        return False
    from dann.engine.catalogue import resolve  # imports torch

    return bool(resolve('backbone', path).resizes)


def digest(value: Any) -> str:
    """First 12 hex digits of the sha256 of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]
