"""What a benchmark's file may say: the fields of one dataclass, from which all that depends on them follows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jsonargparse.typing import NonNegativeInt, PositiveInt

from dann.benchmarks.plan import schema
from dann.benchmarks.plan.keys import flow, key, names, recorded
from dann.core.rule import DEFAULT
from dann.core.version import release

PER_SEED = 'per seed'
SUITE = 'benchmarks'  # the key that makes a file a suite: it lists benchmarks and is none
COPIED = 'copy what `dann search` wrote'


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The search that found the hyper-parameters of a benchmark's rows, the same for every row.

    Args:
        trials: Of every row.
        seeds: How many seeds each trial was run under.
        steps: Training steps of every run.
        select: Rule that the trials were compared by.
        sampler: What drew the hyper-parameters.
        seed: Of the draws.
    """

    trials: PositiveInt = field(metadata=key(remedy=COPIED))
    seeds: PositiveInt = field(metadata=key(remedy=COPIED))
    steps: PositiveInt = field(metadata=key(remedy=COPIED))
    select: str = field(metadata=key(remedy=COPIED))
    sampler: str = field(metadata=key(remedy=COPIED))
    seed: NonNegativeInt = field(metadata=key(remedy=COPIED))


def _seeds(given: int | list[int]) -> tuple[int, ...]:
    return tuple(range(given)) if isinstance(given, int) else tuple(given)


def _rows(given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: dict(row or {}) for name, row in given.items()}


def _of_name(name: str) -> dict[str, str]:
    return {'benchmark': name}


def _of_data(data: dict[str, Any]) -> dict[str, str]:
    return {'transforms': flow(data.get('augment')), 'setting': flow(data.get('setting'))}


def _of_model(model: dict[str, Any]) -> dict[str, str]:
    options = model.get('init_args') or {}
    return {'module': str(model.get('class_path'))} | {
        name: flow(options.get(name)) for name in (*schema.PRINTED, *schema.OFTEN_OWN)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Methods by seeds under one protocol, as a file describes them.

    A field added here is a key of the file. Its type and default are checked, and it is recorded, fingerprinted and
    reported, with no other edit; ``Key`` says what else can be asked for.

    Args:
        name: What the benchmark is called in records.
        title: One line for a reader; the name where the file has none.
        select: Score that chooses the checkpoint, for example ``val/infomax``.
        steps: Training steps of every job.
        seeds: Every method is run under each.
        methods: What each row changes in the model.
        model: Configuration of the model that all methods share.
        data: Configuration of the pair of domains.
        trainer: Further options of Lightning's trainer.
        published: Published target accuracy of a row, in percent, where there is one.
        evaluations: How often, at most, a job is evaluated; the largest divisor of ``steps`` up to this.
        splits: ``fixed``, or ``per seed``: each seed draws its own training, validation and test splits, the same for
            all rows, so that intervals hold the luck of the draw too. For data sets with an option ``seed``.
        search: The ``Budget`` that the rows' hyper-parameters were found with; empty where they were not searched.
        as_published: Whether a row may have options of the model that rows otherwise share, such as an optimiser and a
            bottleneck of its own, because its paper has them. Reports then say of each row what is its own.
    """

    name: str = field(metadata=key(in_file=False, always=True, in_report=False, prints=_of_name))
    title: str = field(
        metadata=key(remedy='put it in quotes', always=True, in_protocol=False, in_report=False)
    )
    select: str = field(default=DEFAULT, metadata=key(always=True, in_protocol=False))
    steps: PositiveInt = field(default=500, metadata=key(always=True))
    seeds: tuple[int, ...] = field(
        default=(0, 1, 2),
        metadata=key(
            written=PositiveInt | list[NonNegativeInt],
            words=schema.SEEDS,
            check=schema.check_seeds,
            convert=_seeds,
            always=True,
            in_protocol=False,
        ),
    )
    methods: dict[str, dict[str, Any]] = field(
        metadata=key(
            written=dict[str, Any],
            check=schema.check_rows,
            convert=_rows,
            always=True,
            in_protocol=False,
            in_report=False,
        )
    )
    model: dict[str, Any] = field(
        metadata=key(check=schema.check_model, merged=True, always=True, prints=_of_model)
    )
    data: dict[str, Any] = field(
        metadata=key(check=schema.check_data, in_suite=False, always=True, prints=_of_data)
    )
    trainer: dict[str, Any] = field(
        default_factory=dict, metadata=key(check=schema.check_trainer, merged=True, always=True)
    )
    published: dict[str, float] = field(
        default_factory=dict,
        metadata=key(in_suite=False, always=True, in_protocol=False, in_report=False),
    )
    evaluations: PositiveInt = field(default=5, metadata=key(recorded='epochs', always=True))
    splits: Literal['fixed', 'per seed'] = field(default='fixed', metadata=key(words='fixed or per seed'))
    search: dict[str, Any] = field(default_factory=dict, metadata=key(written=Budget, in_suite=False))
    as_published: bool = False

    @property
    def epochs(self) -> int:
        """Evaluation intervals of a job."""
        most = min(self.evaluations, self.steps)
        return next(count for count in range(most, 0, -1) if self.steps % count == 0)

    @property
    def protocol(self) -> dict[str, Any]:
        """All that the rows of a table must have in common."""
        return {'version': release(), 'epochs': self.epochs} | recorded(self, 'in_protocol')

    @property
    def description(self) -> dict[str, Any]:
        """What ``benchmark.yaml`` holds: every key as it is used, and the protocol."""
        described: dict[str, Any] = json.loads(json.dumps(recorded(self) | {'protocol': self.protocol}))
        return described


def listed(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a report lists with the protocol, of the contents of ``benchmark.yaml``."""
    hidden = {*names(Plan)} - {*names(Plan, 'in_report')}
    return {name: value for name, value in described.items() if name not in hidden}
