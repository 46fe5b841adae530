"""A benchmark's configuration, and the jobs it expands to."""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from dann import configs
from dann.benchmarks.plan.schema import checked, positive
from dann.core.errors import UserError, unknown
from dann.core.version import release

DEFAULT = 'val/infomax'  # docs/model-selection.md says why


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


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Methods by seeds under one protocol.

    Args:
        name: What the benchmark is called in records.
        title: One line for a reader.
        seeds: Every method is run under each.
        steps: Training steps of every job.
        evaluations: How often, at most, a job is evaluated; the largest divisor of ``steps`` up to this.
        select: Score that chooses the checkpoint, for example ``val/infomax``.
        model: Configuration of the model that all methods share.
        data: Configuration of the pair of domains.
        trainer: Further options of Lightning's trainer.
        methods: What each row changes in the model.
        published: Published target accuracy of a row, in percent, where there is one.
        search: With what budget the rows' hyper-parameters were found; empty where they were not searched.
    """

    name: str
    title: str
    seeds: tuple[int, ...]
    steps: int
    evaluations: int
    select: str
    model: dict[str, Any]
    data: dict[str, Any]
    methods: dict[str, dict[str, Any]]
    trainer: dict[str, Any]
    published: dict[str, float]
    search: dict[str, Any] = field(default_factory=dict)

    @property
    def epochs(self) -> int:
        """Evaluation intervals of a job."""
        return max(count for count in range(1, self.evaluations + 1) if self.steps % count == 0)

    @property
    def protocol(self) -> dict[str, Any]:
        """All that the rows of a table must have in common."""
        shared = ('name', 'steps', 'model', 'data', 'trainer')
        given = {key: getattr(self, key) for key in shared} | ({'search': self.search} if self.search else {})
        return {'version': release(), 'epochs': self.epochs} | given

    def jobs(self) -> list[Job]:
        """Return one job for each method and seed; all methods of a seed stand together."""
        protocol = digest(self.protocol)
        return [
            Job(method, seed, self.steps, protocol, self.config(method, seed))
            for seed in self.seeds
            for method in self.methods
        ]

    def shared(self, seed: int) -> dict[str, Any]:
        """Return the configuration of a run that no row has changed yet."""
        data = deepcopy(self.data) | {'steps_per_epoch': self.steps // self.epochs}
        trainer = self.trainer | {'max_epochs': self.epochs}
        return {'seed_everything': seed, 'model': deepcopy(self.model), 'data': data, 'trainer': trainer}

    def config(self, method: str, seed: int) -> dict[str, Any]:
        """Return the run's configuration of one job."""
        config, row = self.shared(seed), deepcopy(self.methods[method])
        if row.pop('reference', False):
            config['data'] |= {'source': deepcopy(self.data['target']), 'reference': True}
        if shots := row.pop('shots', 0):
            config['data']['shots'] = shots
        if 'class_path' in row:
            config['model']['class_path'] = row.pop('class_path')
        shared, own = config['model'].get('init_args') or {}, row.pop('init_args', None) or {}
        config['model']['init_args'] = shared | own | row
        return config


def benchmark(name: str, config: dict[str, Any], **overrides: Any) -> Benchmark:
    """Return the benchmark that a configuration describes.

    Args:
        name: What to call it.
        config: Contents of the YAML file.
        overrides: ``methods`` (names of rows), ``seeds`` (a count), ``steps`` and ``severity``; ``None`` leaves
            what the file says.

    Raises:
        UserError: An unknown or missing key, an unknown method, or a number out of range.
    """
    config = expanded(config)
    checked(name, config)
    chosen = {key: value for key, value in overrides.items() if value is not None}
    data = deepcopy(config['data'])
    if 'severity' in chosen:
        _set_severity(name, data, chosen['severity'])
    return Benchmark(
        name=name,
        title=str(config.get('title', name)),
        seeds=_seeds(chosen.get('seeds', config.get('seeds', 3))),
        steps=positive('steps', chosen.get('steps', config.get('steps', 500))),
        evaluations=positive('evaluations', config.get('evaluations', 5)),
        select=str(config.get('select', DEFAULT)),
        model=deepcopy(config['model']),
        data=data,
        trainer=config.get('trainer') or {},
        methods=_rows(config['methods'], chosen.get('methods')),
        published=config.get('published') or {},
        search=config.get('search') or {},
    )


def expanded(config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration whose ``methods`` are rows.

    ``methods: every`` stands for the rows of the catalogue, and the name of a benchmark for that one's rows.
    """
    named = config.get('methods')
    if not isinstance(named, str):
        return config
    if named != 'every':
        return expanded(config | {'methods': configs.load(named).get('methods')})
    from dann.engine.catalogue import rows  # imports every method, and torch with them

    return config | {'methods': rows()}


def _rows(methods: dict[str, Any], chosen: list[str] | None) -> dict[str, dict[str, Any]]:
    for name in chosen or ():
        if name not in methods:
            raise unknown('method', name, methods)
    return {name: dict(row or {}) for name, row in methods.items() if not chosen or name in chosen}


def _seeds(given: Any) -> tuple[int, ...]:
    seeds = tuple(range(given)) if type(given) is int else tuple(given) if isinstance(given, list) else ()
    if (
        not seeds
        or not all(type(seed) is int and seed >= 0 for seed in seeds)
        or len(set(seeds)) < len(seeds)
    ):
        msg = f'expected `seeds` to be a count above 0 or a list of different numbers from 0, got {given!r}'
        raise UserError(msg)
    return seeds


def _set_severity(name: str, data: dict[str, Any], severity: float) -> None:
    options = data['target'].get('init_args') or {}
    if 'severity' not in options:
        raise UserError(f'the target domain of {name} has no severity; leave --severity out')
    if not 0 <= severity <= 1:
        raise UserError(f'expected `severity` in [0, 1], got {severity}')
    options['severity'] = severity


def digest(value: Any) -> str:
    """First 12 hex digits of the sha256 of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]
