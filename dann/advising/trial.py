"""The short trial of all options, in a run folder that continues where it stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from dann.advising.options import Row, rows, takes_labels
from dann.benchmarks.comparison.agreement import Probabilities, agreement
from dann.benchmarks.plan.grid import Benchmark, benchmark
from dann.benchmarks.results.cost import seconds_per_job
from dann.benchmarks.results.opened import Results
from dann.benchmarks.results.records import Record
from dann.benchmarks.running.kept_views import kept_predictions, path_of
from dann.core.errors import RunError, UserError

SEEDS = 2
PROBED = 30  # steps of the run that tells what a step costs
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
        options = {'dear_validators': 'never'} | (model.get('init_args') or {})  # DEFAULT is none of them
        config = {
            **self.config,
            'methods': rows(self.methods, shots, alone=self.alone),
            'model': {**model, 'init_args': options},
        }
        return benchmark(self.name, config, **changes)

    def trial(self, steps: int, seeds: int = SEEDS) -> Benchmark:
        """Return the benchmark of the trial, scored once at its end by what needs no target label."""
        return self.plan(shots=self.labels - self.held, steps=steps, seeds=seeds, evaluations=1)


def steps_within(asked: Asked, folder: Path, minutes: float, workers: int, runs: Runs) -> int:
    """Return how many steps the trial may have in so many minutes, from a short run of every option.

    Args:
        asked: What is compared.
        folder: Of that short run.
        minutes: Of both together.
        workers: Processes that share the work.
        runs: Trains.

    Raises:
        RunError: The minutes do not suffice for as many steps as the short run has, or it failed.
    """
    begun = time.monotonic()
    finished(runs(asked.trial(PROBED, seeds=1), folder))
    spent = seconds_per_job(Results.open(folder).records)
    a_step = SEEDS * sum(spent.values()) / PROBED / min(workers, len(spent))
    left = 60 * minutes - (time.monotonic() - begun)
    full: int = asked.plan().steps
    steps = min(int(left / a_step) // 10 * 10, full)
    if steps < min(PROBED, full):
        least = (PROBED * a_step + 60 * minutes - left) / 60
        raise RunError(
            f'{minutes:g} minutes give {max(steps, 0)} steps of {len(spent)} options; name --minutes '
            f'{least + 0.5:.0f} or more, fewer --methods, or --steps'
        )
    return steps


def finished(failed: Mapping[str, str]) -> None:
    """Raise ``RunError`` where a job failed."""
    for job, why in failed.items():
        raise RunError(f'{job} failed: {why}')


@dataclass(frozen=True, slots=True)
class Seen:
    """What the records of the trial say of one option; means over seeds, ``None`` where there is none."""

    score: float | None
    source: float | None
    agreement: float | None
    step: float


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
            _mean(records, 'val/source_accuracy'),
            agreed.get(row),
            spent[row] / records[0]['step'],
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
