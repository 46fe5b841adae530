"""The short trial of all options, in a run folder that continues where it stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from dann.advising.options import ALONE, Row, rows, takes_labels
from dann.benchmarks.comparison.agreement import Probabilities, agreement
from dann.benchmarks.plan.grid import Benchmark, benchmark
from dann.benchmarks.results.cost import seconds_per_job
from dann.benchmarks.results.opened import Results
from dann.benchmarks.results.records import Record
from dann.benchmarks.running.kept_views import kept_predictions, path_of
from dann.core.errors import RunError, UserError
from dann.core.rule import DEFAULT
from dann.reporting.notation import BASELINE

SEEDS = 2
PROBES = (
    10,
    40,
)  # steps of the two short runs that tell what a step costs, and what a run costs beside its steps
FEWEST = 30  # steps below which a trial tells nothing
Runs = Callable[[Benchmark, Path], Mapping[str, str]]
"""Trains the missing jobs of a benchmark in a folder, and returns why each that failed did."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be compared on which data.

    Args:
        name: Of the pair.
        config: Of a benchmark.
        methods: Rows that adapt, by name.
        labels: Target labels of each class; 0 for none.
        held: How many of them are held out of the trial to score on.
        alone: Whether those that are left fill a batch.
    """

    name: str
    config: Mapping[str, Any]
    methods: Mapping[str, Row]
    labels: int = 0
    held: int = 0
    alone: bool = True

    def plan(self, **changes: Any) -> Benchmark:
        """Return the benchmark of all options; ``changes`` are keys of the file, such as ``steps``."""
        shots = changes.pop('shots', self.labels)
        model = self.config['model']
        options = (model.get('init_args') or {}) | {'dear_validators': 'never'}  # DEFAULT is none of them
        config = {
            **self.config,
            'select': DEFAULT,
            'methods': rows(self.methods, shots, alone=self.alone),
            'model': {**model, 'init_args': options},
        }
        return benchmark(self.name, config, **changes)

    def trial(self, steps: int, seeds: int = SEEDS) -> Benchmark:
        """Return the benchmark of the trial, scored once at its end by what needs no target label."""
        return self.plan(shots=self.labels - self.held, steps=steps, seeds=seeds, evaluations=1)


def steps_within(asked: Asked, folder: Path, minutes: float, workers: int, runs: Runs) -> int:
    """Return how many steps the trial may have in so many minutes, from two short runs of every option.

    Args:
        asked: What is compared.
        folder: Of those runs.
        minutes: Of these and the trial together.
        workers: Processes that share the work.
        runs: Trains.

    Raises:
        RunError: The minutes do not suffice for ``FEWEST`` steps, or source-only failed.
    """
    begun = time.monotonic()
    fixed, step = _costs(asked, folder, runs)
    share = SEEDS / min(workers, SEEDS * len(asked.plan().methods))
    left = 60 * minutes - (time.monotonic() - begun)
    full: int = asked.plan().steps
    steps = min((left / share - fixed) / step // 10 * 10, full)
    if steps < min(FEWEST, full):
        least = (share * (fixed + FEWEST * step) + 60 * minutes - left) / 60
        raise RunError(
            f'{minutes:g} minutes give too few steps for {len(asked.plan().methods)} options; name --minutes '
            f'{least + 0.5:.0f} or more, fewer --methods, or --steps'
        )
    return int(steps)


def _costs(asked: Asked, folder: Path, runs: Runs) -> tuple[float, float]:
    """Return the seconds of one run of every option beside its steps, and those of a step."""
    spent = []
    for steps in PROBES:
        plan, place = asked.trial(steps, seeds=1), folder / f'{steps}-steps'
        check_ran(plan, runs(plan, place))
        spent.append(sum(seconds_per_job(Results.open(place).records).values()))
    step = max(spent[1] - spent[0], 1e-3) / (PROBES[1] - PROBES[0])
    return max(spent[0] - step * PROBES[0], 0), step


def check_ran(plan: Benchmark, failed: Mapping[str, str]) -> dict[str, str]:
    """Return why each row failed of which a job did; raise ``RunError`` where that is source-only."""
    found = {job.method: failed[job.name] for job in plan.jobs() if job.name in failed}
    if BASELINE in found:
        raise RunError(
            f'{BASELINE} failed, with which all is compared: {found[BASELINE]}; see that `dann benchmark` trains it'
        )
    return found


@dataclass(frozen=True, slots=True)
class Seen:
    """What the records of the trial say of one option; means over seeds, ``None`` where there is none."""

    score: float | None
    source: float | None
    agreement: float | None
    seconds: float


def seen(folder: Path, rule: str) -> dict[str, Seen]:
    """Return what the trial in ``folder`` says of every option that was trained, without a target label."""
    opened = Results.open(folder)
    spent, agreed = seconds_per_job(opened.records), agreements(opened)
    by_row: dict[str, list[Record]] = {}
    for records in opened.jobs.values():
        by_row.setdefault(records[0]['method'], []).append(records[-1])
    return {
        row: Seen(
            _mean(records, rule),
            None if row == ALONE else _mean(records, 'val/source_accuracy'),  # whose source is the target
            agreed.get(row),
            spent[row],
        )
        for row, records in by_row.items()
    }


def _mean(records: list[Record], score: str) -> float | None:
    found = [each['scores'][score] for each in records if score in each['scores']]
    return fmean(found) if found else None


def agreements(opened: Results) -> dict[str, float]:
    """Return how far each option agrees with most of those without labels, on the target's validation split."""
    by_seed: dict[int, dict[str, Probabilities]] = {}
    for job, records in opened.jobs.items():
        row, seed = records[0]['method'], records[0]['seed']
        if not takes_labels(row):
            kept = kept_predictions(path_of(job, records[-1]['step']))
            by_seed.setdefault(seed, {})[row] = kept.double().numpy()
    found: dict[str, list[float]] = {}
    for predicted in by_seed.values():
        for row, share in agreement(predicted).items():
            found.setdefault(row, []).append(share)
    return {row: fmean(shares) for row, shares in found.items()}


def held_of(labels: int) -> int:
    """Return how many of the labels of each class are held out of the trial: a fifth, at least one.

    Raises:
        UserError: There are too few to hold one out.
    """
    if labels == 1 or labels < 0:
        raise UserError(
            f'expected `--labels` of at least 2, of each class, got {labels}; one is held out to score on'
        )
    return max(1, labels // 5) if labels else 0
