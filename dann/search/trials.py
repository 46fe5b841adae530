"""One trial: a row with drawn hyper-parameters, and its outcome."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any, cast

from dann.benchmarks.plan.grid import Job
from dann.benchmarks.results.cost import seconds
from dann.benchmarks.results.guard import SUFFIX, passing
from dann.benchmarks.results.records import Record, read
from dann.benchmarks.results.selection import select
from dann.core.errors import RunError
from dann.core.sealed import is_done
from dann.search.plan import Plan


@dataclass(frozen=True, slots=True)
class Trial:
    """A row of the benchmark under one set of hyper-parameters.

    Args:
        row: Name of the row.
        number: Of the trial; 0 is the row as it is.
        values: Hyper-parameters by dotted name.
        config: The row that is run.
    """

    row: str
    number: int
    values: dict[str, Any]
    config: dict[str, Any]

    @property
    def name(self) -> str:
        """Name of the trial's row in the benchmark of the search."""
        return f'{self.row}~{self.number:03d}'


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a trial.

    Args:
        trial: Which.
        scores: By seed, the score of the chosen checkpoint, higher is better; NaN where the run has none.
        steps: By seed, the step of that checkpoint.
        seconds: Of training and evaluation, over all seeds.
        failed: Why the trial has no score; empty for one that has.
    """

    trial: Trial
    scores: dict[int, float] = field(default_factory=dict)
    steps: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0
    failed: str = ''

    @property
    def score(self) -> float:
        """Mean over the seeds; NaN if a run failed."""
        return math.nan if self.failed else fmean(self.scores.values())


def jobs_of(trial: Trial, plan: Plan) -> list[Job]:
    """Return the runs of a trial, one a seed."""
    return plan.grid({trial.name: trial.config}).jobs()


def is_settled(folder: Path) -> bool:
    """Whether a run's outcome is known: it is done, or broken for good."""
    return is_done(folder) or (folder / 'broken').exists()


def outcome(trial: Trial, plan: Plan, folder: Path) -> Outcome | None:
    """Return the outcome of a trial whose runs are under ``folder``; ``None`` while one of them is not settled."""
    scores, steps, spent, failed = {}, {}, 0.0, ''
    for job in jobs_of(trial, plan):
        run = folder / 'jobs' / job.name
        if not is_settled(run):
            return None
        history = read(run / 'records.jsonl') if (run / 'records.jsonl').exists() else []
        spent += seconds(history)
        scores[job.seed] = math.nan
        try:
            scores[job.seed], steps[job.seed] = _judged(run, history, plan)
        except RunError as error:
            failed = failed or f'seed {job.seed}: {error}'
    return Outcome(trial, scores, steps, spent, failed)


def _judged(run: Path, history: Sequence[Record], plan: Plan) -> tuple[float, int]:
    if not is_done(run):
        raise RunError((run / 'broken').read_text(encoding='utf-8', errors='replace').strip())
    return objective(history, plan)


def objective(history: Sequence[Record], plan: Plan) -> tuple[float, int]:
    """Return score and step of the checkpoint that the plan's rule chooses of one run.

    What was measured with target labels is taken out of the records first, so nothing can be chosen by it.

    Raises:
        RunError: The rule chooses none, or one without a score.
    """
    if plan.rule.endswith(SUFFIX) and not passing(history):
        msg = 'every checkpoint has collapsed: few classes are predicted, or the source is forgotten'
        raise RunError(msg)
    chosen = select([blind(record) for record in history], plan.rule)
    score = chosen['scores'].get(plan.score, math.nan)
    if not math.isfinite(score):
        msg = f'{plan.score} is not finite at step {chosen["step"]}'
        raise RunError(msg)
    return score, chosen['step']


def blind(record: Record) -> Record:
    """Return a record without the scores that read target labels."""
    scores = {name: score for name, score in record['scores'].items() if not name.startswith('oracle/')}
    return cast(Record, {**record, 'scores': scores})
