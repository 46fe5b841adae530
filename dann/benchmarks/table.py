"""The benchmark's table: one row a method, one cell a selection rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dann.benchmarks.fingerprint import marks
from dann.benchmarks.intervals import Estimate, estimate, gap_closed, paired
from dann.benchmarks.judging import Judgement, judge, pools
from dann.benchmarks.records import Record
from dann.benchmarks.selection import LAST, ORACLE, REPORTED, check_comparable, runs, select
from dann.errors import RunError, UserError, check

BASELINE = 'source_only'
CEILING_TAG = 'uses target labels'

Chosen = dict[int, Record]


@dataclass(frozen=True, slots=True)
class Cell:
    """One row under one selection rule.

    Args:
        accuracy: Accuracy on the target's test split, a fraction; ``None`` without a run.
        difference: The same minus source-only's, paired by seed; ``None`` without a common seed.
        gap_closed: Share of the way from source-only to the ceiling.
        chosen: The record chosen for each seed.
    """

    accuracy: Estimate | None
    difference: Estimate | None
    gap_closed: float | None
    chosen: Chosen


@dataclass(frozen=True, slots=True)
class Row:
    """One method.

    Args:
        method: The row's name in the benchmark.
        family: What kind of method it is, as it declares; empty while no run is complete.
        uses_target_labels: Whether it trains on what adaptation must do without.
        seeds: Seeds of the completed runs.
        planned: Seeds the benchmark asks for.
        cells: One cell a selection rule.
        published: The paper's accuracy, a fraction.
        mixed: In what its protocol differs from most rows', where that was allowed.
    """

    method: str
    family: str
    uses_target_labels: bool
    seeds: tuple[int, ...]
    planned: tuple[int, ...]
    cells: Mapping[str, Cell]
    published: float | None = None
    mixed: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[int, ...]:
        """Seeds asked for that have no completed run."""
        return tuple(seed for seed in self.planned if seed not in self.seeds)


@dataclass(frozen=True, slots=True)
class Table:
    """All rows, in the order of the benchmark.

    Args:
        title: What is compared.
        source: The labelled domain.
        target: The unlabelled domain.
        rule: The benchmark's own selection rule.
        rows: The rows.
        unchosen: Runs that a rule cannot judge, and why.
        metric: What every figure is: ``accuracy`` or ``mean class accuracy``.
        judgement: How well the rule agrees with the target's accuracy.
        search: With what budget the rows' hyper-parameters were found; empty where they were not searched.
    """

    title: str
    source: str
    target: str
    rule: str
    rows: tuple[Row, ...]
    unchosen: tuple[str, ...] = ()
    metric: str = 'accuracy'
    judgement: Judgement | None = None
    search: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rules(self) -> tuple[str, ...]:
        """The selection rules, the least informed first."""
        return all_rules(self.rule)

    @property
    def baseline(self) -> Row | None:
        """The row without adaptation."""
        return next((row for row in self.rows if row.method == BASELINE), None)

    @property
    def ceiling(self) -> Row | None:
        """The first row that is trained on the labelled target alone."""
        ceilings = (row for row in self.rows if row.uses_target_labels and row.family == 'reference')
        return next(ceilings, None)

    @property
    def adapted(self) -> tuple[Row, ...]:
        """Rows that are neither the baseline nor trained on target labels, and have a result."""
        rows = (row for row in self.rows if row.method != BASELINE and not row.uses_target_labels)
        return tuple(row for row in rows if self.main(row).accuracy is not None)

    @property
    def best(self) -> Row | None:
        """The adapted row with the highest mean under the benchmark's rule."""
        return max(self.adapted, key=lambda row: mean(self.main(row).accuracy), default=None)

    @property
    def published(self) -> bool:
        """Whether some row has a paper's figure."""
        return any(row.published is not None for row in self.rows)

    def main(self, row: Row) -> Cell:
        """Return the cell of ``row`` under the benchmark's rule."""
        return row.cells[self.rule]


def all_rules(rule: str) -> tuple[str, ...]:
    """Return the rules a table shows: the last step, the benchmark's own, and the oracle."""
    return tuple(dict.fromkeys((LAST, rule, ORACLE)))


def mean(value: Estimate | None) -> float:
    """Return the mean of an estimate that is known to exist."""
    check(value is not None, 'expected an estimate, got none')
    return value.mean if value else 0.0


def build_table(
    records: Sequence[Record],
    benchmark: Mapping[str, Any],
    select_by: str | None = None,
    *,
    allow_mixed: bool = False,
) -> Table:
    """Return the table of ``records``.

    Args:
        records: Every record of the completed runs.
        benchmark: What was asked for: name, title, source, target, seeds, methods, select, published.
        select_by: Selection rule in place of the benchmark's own.
        allow_mixed: Mark rows of another protocol instead of refusing them.

    Raises:
        UserError: The rows cannot be compared, or no record has the score that the rule needs.
    """
    check_comparable(records, allow_mixed=allow_mixed)
    mixed = marks(records)
    rule = str(select_by or benchmark.get('select') or LAST)
    histories = runs(records)
    unchosen: list[str] = []
    chosen = {each: _choose(histories, each, unchosen) for each in all_rules(rule)}
    names = dict.fromkeys([*benchmark.get('methods', {}), *sorted(record['method'] for record in records)])
    supervised = {
        record['method']
        for record in records
        if record['uses_target_labels'] and record['family'] == 'reference'
    }
    ceiling = next((name for name in names if name in supervised), '')
    return Table(
        title=str(benchmark.get('title') or benchmark.get('name', 'benchmark')),
        source=str(benchmark.get('source', records[0]['source'])),
        target=str(benchmark.get('target', records[0]['target'])),
        rule=rule,
        rows=tuple(
            replace(_row(name, ceiling, records, benchmark, chosen), mixed=tuple(mixed.get(name, ())))
            for name in names
        ),
        unchosen=tuple(unchosen),
        metric=records[0].get('metric', 'accuracy'),
        judgement=judge(found, rule) if (found := pools(records)) else None,
        search=benchmark.get('search') or {},
    )


def _choose(histories: Mapping[str, list[Record]], rule: str, unchosen: list[str]) -> dict[str, Chosen]:
    rows: dict[str, Chosen] = {}
    for run, history in histories.items():
        try:
            record = select(history, rule)
        except RunError:
            unchosen.append(f'{run} has no number to select by {rule} and is left out under that rule')
            continue
        if REPORTED not in record['scores']:
            msg = (
                f'expected {REPORTED} in the records of {run}; delete its folder and run the benchmark again'
            )
            raise RunError(msg)
        rows.setdefault(record['method'], {})[record['seed']] = record
    return rows


def _row(
    name: str,
    ceiling: str,
    records: Sequence[Record],
    benchmark: Mapping[str, Any],
    chosen: Mapping[str, Mapping[str, Chosen]],
) -> Row:
    own = [record for record in records if record['method'] == name]
    return Row(
        method=name,
        family=own[0]['family'] if own else '',
        uses_target_labels=any(record['uses_target_labels'] for record in own),
        seeds=tuple(sorted({record['seed'] for record in own})),
        planned=tuple(benchmark.get('seeds', ())),
        cells={
            rule: _cell(name, rows.get(name, {}), rows.get(BASELINE, {}), rows.get(ceiling, {}))
            for rule, rows in chosen.items()
        },
        published=_published(name, benchmark),
    )


def _cell(name: str, ours: Chosen, source_only: Chosen, ceiling: Chosen) -> Cell:
    values, base, top = (_accuracies(chosen) for chosen in (ours, source_only, ceiling))
    if not values:
        return Cell(None, None, None, {})
    accuracy = estimate(list(values.values()))
    difference = None if name == BASELINE else paired(values, base)
    if not base or not top:
        return Cell(accuracy, difference, None, ours)
    start, end = estimate(list(base.values())).mean, estimate(list(top.values())).mean
    return Cell(accuracy, difference, gap_closed(accuracy.mean, start, end), ours)


def _accuracies(chosen: Chosen) -> dict[int, float]:
    return {seed: record['scores'][REPORTED] for seed, record in sorted(chosen.items())}


def _published(name: str, benchmark: Mapping[str, Any]) -> float | None:
    figure = (benchmark.get('published') or {}).get(name)
    if figure is None:
        return None
    if not isinstance(figure, int | float) or not 1 < figure <= 100:
        msg = f'expected the published figure of {name} in percent, got {figure!r}; correct benchmark.yaml'
        raise UserError(msg)
    return float(figure) / 100
