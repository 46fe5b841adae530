"""The table of a benchmark whose target has no labels: rows ranked by a score, with estimates in place of accuracy."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dann.benchmarks.comparison.agreement import Probabilities, agreement, agreement_with
from dann.benchmarks.comparison.significance import Comparison
from dann.benchmarks.plan.fingerprint import marks
from dann.benchmarks.report.table import Cell, Chosen, Row, Table
from dann.benchmarks.report.table_builder import tested
from dann.benchmarks.results.candidates import ENSEMBLE
from dann.benchmarks.results.guard import SUFFIX
from dann.benchmarks.results.opened import LEFT_OUT, Results
from dann.benchmarks.results.records import Record
from dann.benchmarks.results.selection import LAST, ORACLE, check_comparable, runs, select
from dann.core.errors import RunError, UserError
from dann.reporting.notation import BASELINE
from dann.stats.intervals import Estimate, estimate

ESTIMATES = {'ATC': 'val/atc', 'DoC': 'val/doc', 'COT': 'val/cot'}


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a row without a label of the target.

    Args:
        score: The rule's score at the evaluations that it chose; ``None`` where the rule has none, as ``last``.
        estimates: Estimated accuracy on the target's validation split, a fraction, by the estimate's name.
        majority: Share of target test images of which the row predicts what most rows do.
        baseline: Share of target test images of which the row predicts what source-only does.
    """

    score: Estimate | None = None
    estimates: Mapping[str, Estimate | None] = field(default_factory=dict)
    majority: Estimate | None = None
    baseline: Estimate | None = None


@dataclass(frozen=True)
class Ranking(Table):
    """A table without accuracies: every cell has what the rule chose, and ``accuracy`` of ``None``.

    The rows are in the order of the rule's score, the highest first; rows without one come last.

    Args:
        standings: What is known of each row, by method.
        left_out: Rows that were not run, because they train on target labels.
    """

    standings: Mapping[str, Standing] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        """The benchmark's own rule: others would need another table."""
        return (self.rule,)

    @property
    def adapted(self) -> tuple[Row, ...]:
        """Rows other than the baseline of which the rule has chosen something."""
        return tuple(row for row in self.rows if row.method != BASELINE and self.main(row).chosen)

    @property
    def best(self) -> Row | None:
        """The adapted row that ranks first; ``None`` where the rule has no score."""
        return next((row for row in self.adapted if self.standing(row).score), None)

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """None: there is no accuracy to compare."""
        return ()

    def standing(self, row: Row) -> Standing:
        """Return what is known of ``row``."""
        return self.standings.get(row.method, Standing())

    @property
    def figures(self) -> str:
        """What is printed, for the heading of a text."""
        return f'no target label seen: ranked by {self.rule}; estimated accuracy and agreement in %{self.tested.phrase}'

    @property
    def caption(self) -> str:
        """What is printed, for the caption of a page."""
        what = f'estimated accuracy and agreement in %{self.tested.phrase}'
        return f'No target label seen. Ranked by {self.rule}; {what}.'


def build_ranking(results: Results, select_by: str | None = None, *, allow_mixed: bool = False) -> Ranking:
    """Return the table of opened results whose target has no labels.

    Args:
        results: The opened run folder.
        select_by: Selection rule in place of the benchmark's own.
        allow_mixed: Mark rows of another protocol instead of refusing them.

    Raises:
        UserError: The rule reads target labels, the rows cannot be compared, or no record has the rule's score.
    """
    benchmark = results.benchmark
    rule = str(select_by or benchmark.get('select') or LAST)
    records = results.with_ensemble if rule.startswith(ENSEMBLE) else results.records
    target = str(benchmark.get('target', records[0]['target']))
    if rule.startswith(ORACLE):
        raise UserError(
            f'{rule} reads target labels, which {target} lacks; choose by a score such as val/infomax'
        )
    as_published = bool(benchmark.get('as_published'))
    check_comparable(records, allow_mixed=allow_mixed, as_published=as_published)
    chosen, unchosen = _choose(records, rule)
    standings = _standings(results, chosen, rule)
    rows = _rows(records, benchmark, chosen, rule)
    return Ranking(
        title=str(benchmark.get('title') or benchmark.get('name', 'benchmark')),
        source=str(benchmark.get('source', records[0]['source'])),
        target=target,
        rule=rule,
        rows=tuple(sorted(rows, key=lambda row: _place(standings.get(row.method, Standing())))),
        unchosen=tuple(unchosen),
        metric=records[0].get('metric', 'accuracy'),
        search=benchmark.get('search') or {},
        as_published=as_published,
        tested=tested(records),
        standings=standings,
        left_out=tuple(benchmark.get(LEFT_OUT, ())),
    )


def _choose(records: Sequence[Record], rule: str) -> tuple[dict[str, Chosen], list[str]]:
    chosen: dict[str, Chosen] = defaultdict(dict)
    unchosen: list[str] = []
    for run, history in runs(records).items():
        try:
            record = select(history, rule)
        except RunError:
            unchosen.append(f'{run} has no number to select by {rule} and is left out')
        else:
            chosen[record['method']][record['seed']] = record
    return chosen, unchosen


def _rows(
    records: Sequence[Record], benchmark: Mapping[str, Any], chosen: Mapping[str, Chosen], rule: str
) -> list[Row]:
    mixed, seeds = marks(records), defaultdict[str, set[int]](set)
    families = {record['method']: record['family'] for record in records}
    for record in records:
        seeds[record['method']].add(record['seed'])
    names = dict.fromkeys([*benchmark.get('methods', {}), *sorted(families)])
    return [
        Row(
            method=name,
            family=families.get(name, ''),
            uses_target_labels=False,
            seeds=tuple(sorted(seeds[name])),
            planned=tuple(benchmark.get('seeds', ())),
            cells={rule: Cell(None, None, None, chosen.get(name, {}))},
            mixed=tuple(mixed.get(name, ())),
        )
        for name in names
        if name not in benchmark.get(LEFT_OUT, ())
    ]


def _place(standing: Standing) -> float:
    return math.inf if standing.score is None else -standing.score.mean


def _standings(results: Results, chosen: Mapping[str, Chosen], rule: str) -> dict[str, Standing]:
    most, baseline = _agreements(results, chosen)
    score = rule.removesuffix(SUFFIX)
    return {
        method: Standing(
            score=_mean(own, score),
            estimates={name: _mean(own, key) for name, key in ESTIMATES.items()},
            majority=_estimate(most[method]),
            baseline=_estimate(baseline[method]),
        )
        for method, own in chosen.items()
    }


def _mean(chosen: Chosen, score: str) -> Estimate | None:
    found = (record['scores'].get(score, math.nan) for record in chosen.values())
    return _estimate([value for value in found if not math.isnan(value)])


def _estimate(values: Sequence[float]) -> Estimate | None:
    return estimate(values) if values else None


def _agreements(
    results: Results, chosen: Mapping[str, Chosen]
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return each row's agreement with most rows, and with source-only, one number a seed."""
    most, baseline = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    for predicted in _predictions(results, chosen):
        for method, share in agreement(predicted).items():
            most[method].append(share)
        for method, share in agreement_with(predicted, BASELINE).items():
            baseline[method].append(share)
    return most, baseline


def _predictions(results: Results, chosen: Mapping[str, Chosen]) -> list[dict[str, Probabilities]]:
    """Return the rows' predictions on the target's test split at the evaluations that were chosen, by seed."""
    from dann.benchmarks.running.kept_views import kept_test_predictions, path_of

    folders = {records[0]['run']: job for job, records in results.jobs.items()}
    found: dict[int, dict[str, Probabilities]] = defaultdict(dict)
    for method, own in chosen.items():
        for seed, record in own.items():
            path = path_of(folders[record['run']], record['step'])
            if path.exists():
                found[seed][method] = kept_test_predictions(path)
    return [found[seed] for seed in sorted(found)]
