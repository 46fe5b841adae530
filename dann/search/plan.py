"""The plan of a search: its rows, budget and rule."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import count, islice
from typing import Any

from jsonargparse.typing import PositiveInt

from dann.benchmarks.plan.grid import Benchmark, scoring
from dann.benchmarks.plan.keys import checked
from dann.benchmarks.plan.plan import Budget
from dann.benchmarks.results.selection import LAST
from dann.core.errors import UserError, unknown
from dann.search.sampler import SAMPLERS

MOST = 100_000  # trials of a row, and seeds of a trial
FIRST_SEED = 1000  # far from those of a benchmark, which begin at 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A search over the rows of a benchmark.

    Args:
        benchmark: Whose rows are searched.
        trials: Of every row.
        seeds: Every trial is run under each; none is one of the benchmark's.
        steps: Training steps of every run.
        rule: Chooses a run's checkpoint, and its score there is what trials are compared by.
        sampler: ``random`` or ``tpe``.
        seed: Of the draws.
    """

    benchmark: Benchmark
    trials: int
    seeds: tuple[int, ...]
    steps: int
    rule: str
    sampler: str
    seed: int

    @property
    def score(self) -> str:
        """The score that the rule goes by, without its guard."""
        return self.rule.partition('+')[0]

    @property
    def budget(self) -> dict[str, Any]:
        """What a benchmark says of the search that found its hyper-parameters."""
        return asdict(
            Budget(
                trials=self.trials,
                seeds=len(self.seeds),
                steps=self.steps,
                select=self.rule,
                sampler=self.sampler,
                seed=self.seed,
            )
        )

    def grid(self, methods: dict[str, dict[str, Any]], title: str = '') -> Benchmark:
        """Return the benchmark whose rows are trials."""
        searched = self.benchmark
        return replace(
            searched,
            name=f'search-{searched.name}',
            title=title or f'{searched.title}: search',
            seeds=self.seeds,
            steps=self.steps,
            select=self.rule,
            model=scoring(searched.model, self.rule),
            methods=methods,
            published={},
            search={},
        )


def plan(
    benchmark: Benchmark,
    *,
    trials: int,
    seeds: int,
    steps: int | None = None,
    rule: str | None = None,
    sampler: str,
    seed: int,
) -> Plan:
    """Return a search that reads no target label, under seeds that the benchmark does not use.

    Raises:
        UserError: A number out of range, an unknown sampler, or a rule that reads labels or has no score.
    """
    rule = benchmark.select if rule is None else rule
    _check_rule(rule)
    if sampler not in SAMPLERS:
        raise unknown('sampler', sampler, SAMPLERS)
    if seed < 0:
        raise UserError(f'expected `seed` of at least 0, got {seed}')
    for name, asked in (('trials', trials), ('seeds', seeds)):
        if asked > MOST:
            raise UserError(f'expected `{name}` of at most {MOST:,}, got {asked}')
    free = (each for each in count(FIRST_SEED) if each not in benchmark.seeds)
    return Plan(
        benchmark,
        checked('trials', PositiveInt, trials),
        tuple(islice(free, checked('seeds', PositiveInt, seeds))),
        benchmark.steps if steps is None else checked('steps', PositiveInt, steps),
        rule,
        sampler,
        seed,
    )


def _check_rule(rule: str) -> None:
    if rule.partition('/')[0].startswith('oracle'):
        raise UserError(
            f'{rule} reads target labels, and hyper-parameters found with them say nothing of a target without; '
            'search by a score such as val/infomax'
        )
    if rule == LAST:
        raise UserError(
            f'{LAST} chooses a checkpoint without a score, so trials cannot be compared by it; '
            'search by a score such as val/infomax'
        )
    if not rule.startswith('val/'):
        raise UserError(f'expected a rule that begins with val/, got {rule!r}; for example val/infomax')
