"""Makes the table of a benchmark from its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dann.benchmarks.comparison.judging import evaluate_rule, pools
from dann.benchmarks.plan.fingerprint import marks
from dann.benchmarks.plan.plan import PER_SEED
from dann.benchmarks.report.beyond import unseen_scores
from dann.benchmarks.report.table import Cell, Chosen, Row, Table, Tested, all_rules
from dann.benchmarks.report.worst_served import SCORES
from dann.benchmarks.results.learning import learned
from dann.benchmarks.results.records import Record
from dann.benchmarks.results.selection import LAST, REPORTED, SOURCE_TEST, check_comparable, runs, select
from dann.core.errors import RunError, UserError
from dann.reporting.notation import BASELINE
from dann.stats.intervals import Estimate, estimate, gap_closed, paired

TRANSDUCTIVE = 'transductive'


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
    as_published = bool(benchmark.get('as_published'))
    check_comparable(records, allow_mixed=allow_mixed, as_published=as_published)
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
        evaluation=evaluate_rule(found, rule) if (found := pools(records)) else None,
        search=benchmark.get('search') or {},
        as_published=as_published,
        tested=tested(records),
    )


def tested(records: Sequence[Record]) -> Tested:
    """Return which samples were scored, as the records say."""
    sizes = [record['sizes']['target']['test'] for record in records if 'sizes' in record]
    return Tested(
        min(sizes, default=0),
        max(sizes, default=0),
        any(record.get('setting') == TRANSDUCTIVE for record in records),
        any(record.get('fingerprint', {}).get('splits') == PER_SEED for record in records),
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
        learned=learned([*runs(own).values()]),
        batch_norm=next((record['batch_norm'] for record in own if 'batch_norm' in record), ''),
    )


def _cell(name: str, chosen: Chosen, source_only: Chosen, ceiling: Chosen) -> Cell:
    accuracy, difference = _measured(name, chosen, source_only, REPORTED)
    source = _measured(name, chosen, source_only, SOURCE_TEST)
    base, top = (list(_scores(each, REPORTED).values()) for each in (source_only, ceiling))
    closed = None
    if accuracy and base and top:
        closed = gap_closed(accuracy.mean, estimate(base).mean, estimate(top).mean)
    unseen = {
        each: score for record in chosen.values() for each, score in unseen_scores(record['scores']).items()
    }
    worst, beyond = (
        {
            column: _measured(name, chosen, source_only, score)
            for column, score in scores.items()
            if _scores(chosen, score)
        }
        for scores in (SCORES, unseen)
    )
    return Cell(accuracy, difference, closed, chosen, *source, worst, beyond)


def _measured(
    name: str, chosen: Chosen, source_only: Chosen, score: str
) -> tuple[Estimate | None, Estimate | None]:
    """Return a score of the chosen records, and the same minus source-only's."""
    values, base = _scores(chosen, score), _scores(source_only, score)
    if not values:
        return None, None
    return estimate(list(values.values())), None if name == BASELINE else paired(values, base)


def _scores(chosen: Chosen, score: str) -> dict[int, float]:
    return {
        seed: record['scores'][score] for seed, record in sorted(chosen.items()) if score in record['scores']
    }


def _published(name: str, benchmark: Mapping[str, Any]) -> float | None:
    figure = (benchmark.get('published') or {}).get(name)
    if figure is None:
        return None
    if not isinstance(figure, int | float) or not 1 < figure <= 100:
        msg = f'expected the published figure of {name} in percent, got {figure!r}; correct benchmark.yaml'
        raise UserError(msg)
    return float(figure) / 100
