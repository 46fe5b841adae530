"""Draws trials, runs those that are missing, and reports their scores to the sampler."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dann.benchmarks.plan.grid import Benchmark
from dann.core.errors import UserError
from dann.search.plan import Plan
from dann.search.sampler import Draws, rounds
from dann.search.space import fill, space
from dann.search.trials import Outcome, Trial, is_settled, jobs_of, outcome

Runner = Callable[[Benchmark, Path], dict[str, str]]
Check = Callable[[Benchmark], str]
TRIALS = 'trials'  # the folder of the trials, which are a benchmark themselves
AT_ONCE = 32  # trials handed to the runner together, which builds the networks of them all


class RowSearch:
    """The search of one row.

    Args:
        name: Of the row.
        row: As the benchmark has it.
        plan: The budget.
    """

    def __init__(self, name: str, row: Mapping[str, Any], plan: Plan) -> None:
        self.name, self.row = name, dict(row)
        self.options = space(row)
        self.draws = Draws(self.options, plan.sampler, plan.seed, name)
        self.outcomes: list[Outcome] = []
        self.stopped = ''

    @property
    def best(self) -> Outcome | None:
        """The trial with the highest score, the earliest of equals; ``None`` if every one failed."""
        scored = [each for each in self.outcomes if not each.failed]
        return max(scored, key=lambda each: (each.score, -each.trial.number), default=None)

    @property
    def default(self) -> Outcome | None:
        """Trial 0: the row as it is."""
        return self.outcomes[0] if self.outcomes else None

    def draw(self, numbers: Sequence[int]) -> list[Trial]:
        """Return the trials of a round; a row with nothing to search has its one trial alone."""
        if self.stopped or not self.options:
            numbers = [number for number in numbers if number == 0 and not self.stopped]
        return [self._trial(number) for number in numbers]

    def _trial(self, number: int) -> Trial:
        if number == 0:
            return Trial(self.name, 0, self.draws.defaults(), fill(self.row, {}))
        values = self.draws.ask(number)
        return Trial(self.name, number, values, fill(self.row, values))

    def take(self, outcomes: Sequence[Outcome | None], why: str) -> None:
        """Add the outcomes of a round; a missing one (``None``) stops the row's search, for the reason ``why``."""
        for each in outcomes:
            if each is None:
                self.stopped = why or 'a run was not finished'
                return
            self.outcomes.append(each)
            self.draws.tell(each.trial.number, each.score)


def search(plan: Plan, folder: Path, runner: Runner, check: Check) -> list[RowSearch]:
    """Search every row of the plan's benchmark but those that train on target labels alone.

    A trial whose numbers break, or whose hyper-parameters do not go together, has failed: that is an outcome, worse
    than any score. A run that ends in another way, for example out of memory, has no outcome: its row stops there, and
    the same search, started again, goes on from it. The draws are then repeated, but no run that is done.

    Args:
        plan: Rows, budget and rule.
        folder: Of the search.
        runner: Runs what is missing of a benchmark in a folder and returns what failed: job name to reason.
        check: Says why a benchmark of one row cannot be built; empty where it can.
    """
    methods = plan.benchmark.methods
    rows = [RowSearch(name, row, plan) for name, row in methods.items() if not row.get('reference')]
    for numbers in rounds(plan.trials, plan.sampler):
        drawn = {row.name: row.draw(numbers) for row in rows}
        _run_round(rows, drawn, plan, folder / TRIALS, runner, check)
    return rows


def _run_round(
    rows: Sequence[RowSearch],
    drawn: Mapping[str, Sequence[Trial]],
    plan: Plan,
    folder: Path,
    runner: Runner,
    check: Check,
) -> None:
    every = (trial for trials in drawn.values() for trial in trials)
    unsettled = [
        trial for trial in sorted(every, key=lambda trial: trial.number) if not _settled(trial, plan, folder)
    ]
    refused: dict[str, str] = {}
    failed: dict[str, str] = {}
    for start in range(0, len(unsettled), AT_ONCE):
        part = unsettled[start : start + AT_ONCE]
        refused |= _refused(part, plan, check)
        runnable = {trial.name: trial.config for trial in part if trial.name not in refused}
        title = f'{plan.benchmark.title}: {part[0].name} to {part[-1].name}'
        failed |= runner(plan.grid(runnable, title), folder) if runnable else {}
    for row in rows:
        trials = drawn[row.name]
        row.take(
            [
                _failed(trial, plan, refused[trial.name])
                if trial.name in refused
                else outcome(trial, plan, folder)
                for trial in trials
            ],
            _reason(trials, plan, failed),
        )


def _settled(trial: Trial, plan: Plan, folder: Path) -> bool:
    return all(is_settled(folder / 'jobs' / job.name) for job in jobs_of(trial, plan))


def _refused(trials: Sequence[Trial], plan: Plan, check: Check) -> dict[str, str]:
    """Return the trials whose hyper-parameters do not go together, and why. Trial 0, the row itself, is not checked."""
    found = {trial.name: check(plan.grid({trial.name: trial.config})) for trial in trials if trial.number > 0}
    return {name: why for name, why in found.items() if why}


def _failed(trial: Trial, plan: Plan, why: str) -> Outcome:
    return Outcome(trial, dict.fromkeys(plan.seeds, math.nan), failed=why)


def _reason(trials: Sequence[Trial], plan: Plan, failed: Mapping[str, str]) -> str:
    names = [job.name for trial in trials for job in jobs_of(trial, plan)]
    return next((f'{name}: {failed[name]}' for name in names if name in failed), '')


def cannot_be_built(benchmark: Benchmark) -> str:
    """Return why the one row of a benchmark cannot be built; empty where it can."""
    from dann.benchmarks.running.prepare import build
    from dann.engine.loggers import quiet

    quiet()
    try:
        build(benchmark, benchmark.jobs())
    except UserError as error:
        return str(error)
    return ''
