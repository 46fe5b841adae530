"""What ``dann fairness`` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dann.benchmarks.fairness.measured import Figure, GroupRow, measured
from dann.benchmarks.fairness.metrics import metrics as own_metrics
from dann.benchmarks.fairness.words import (
    READING,
    about_intervals,
    accuracy_grid,
    calibration_grid,
    difference_grid,
    further_grid,
    sentences,
)
from dann.benchmarks.report.report import table_of
from dann.benchmarks.report.table import Table
from dann.benchmarks.results.opened import Results
from dann.benchmarks.running.kept_groups import DOMAINS
from dann.core.errors import UserError
from dann.reporting.markdown import bullets, inert, pipes
from dann.stats.group_intervals import Interval, group_intervals
from dann.stats.grouped import ACCURACY, CALIBRATION


@dataclass(frozen=True, slots=True)
class FairnessReport:
    """How groups fare under each row of a benchmark.

    Args:
        table: The benchmark's table.
        results: The opened run folder.
        domains: The rows, by domain: ``target`` and ``source``, those whose samples have groups.
        further: Names of metrics of the user's own.
    """

    table: Table
    results: Results
    domains: Mapping[str, list[GroupRow]]
    further: tuple[str, ...] = ()

    @classmethod
    def open(
        cls,
        folder: str | Path,
        select: str | None = None,
        *,
        allow_mixed: bool = False,
        metrics: Sequence[str] = (),
    ) -> FairnessReport:
        """Read the run folder ``folder``.

        Args:
            folder: Where ``dann benchmark`` wrote.
            select: Selection rule in place of the benchmark's own.
            allow_mixed: Mark rows of another protocol instead of refusing them.
            metrics: Dotted paths of functions that make further figures of counts, see ``Metric``.

        Raises:
            UserError: There are no results, its samples have no groups, or a metric cannot be used.
            RunError: A file is corrupt.
        """
        further = own_metrics(metrics)
        results = Results.open(folder)
        if results.unlabelled:
            raise UserError(
                f'the target of {folder} has no labels, so nothing is known of its groups; name a labelled target'
            )
        table = table_of(results, select, allow_mixed=allow_mixed)
        found = {domain: rows for domain in DOMAINS if (rows := measured(results, table, domain, further))}
        if not found:
            raise UserError(
                f'the samples of {folder} have no groups; set `groups` of its data, or --groups, and run it again'
            )
        return cls(table, results, found, tuple(further))

    @property
    def text(self) -> str:
        """Tables and how to read them, as Markdown."""
        sections = [part for domain in self.domains for part in self._section(domain)]
        every = [row for rows in self.domains.values() for row in rows]
        return '\n\n'.join([*sections, bullets([about_intervals(every), *READING])]) + '\n'

    def _section(self, domain: str) -> Iterator[str]:
        rows, name = self.domains[domain], getattr(self.table, domain)
        yield f'**{inert(self.table.title)}**: groups of the {domain}, {inert(name)}, by {inert(self.table.rule)}'
        yield 'Accuracy in %, and what the worst group gains in points:'
        yield pipes(accuracy_grid(rows))
        yield 'Differences between groups in points, 0 where they are treated alike:'
        yield pipes(difference_grid(rows))
        if self.further:
            yield 'Metrics of your own, in hundredths:'
            yield pipes(further_grid(rows, self.further))
        yield 'Calibration error in points:'
        yield pipes(calibration_grid(rows))
        if told := sentences(rows):
            yield bullets(told)

    def as_dict(self) -> dict[str, Any]:
        """Return all figures, ready for JSON; fractions at full precision."""
        return {
            'title': self.table.title,
            'source': self.table.source,
            'target': self.table.target,
            'select': self.table.rule,
            'domains': {domain: [_row(row) for row in rows] for domain, rows in self.domains.items()},
        }


def _row(row: GroupRow) -> dict[str, Any]:
    intervals = {seed: group_intervals(grouped) for seed, grouped in row.grouped.items()}
    figures = {name: _figure(name, figure, intervals) for name, figure in row.figures.items()}
    groups = {
        name: {
            'samples': row.sizes[name],
            **{
                kind: figures[f'{name}/{kind}']
                for kind in (ACCURACY, CALIBRATION)
                if f'{name}/{kind}' in row.figures
            },
        }
        for name in row.names
    }
    across = {name: figures[name] for name in next(iter(row.grouped.values())).across}
    facts = {'method': row.method, 'mixed': '; '.join(row.mixed)}
    return {**facts, 'groups': groups, **across, 'by_chance': dict(row.chance)}


def _figure(name: str, figure: Figure, intervals: Mapping[int, Mapping[str, Interval]]) -> dict[str, Any]:
    runs = [
        {'seed': seed, 'value': value, 'interval': list(intervals[seed][name])}
        for seed, value in figure.runs.items()
    ]
    difference = None if figure.difference is None else asdict(figure.difference)
    between = None if figure.difference_interval is None else list(figure.difference_interval)
    return {
        **asdict(figure.over_seeds),
        'runs': runs,
        'difference': difference,
        'difference_interval': between,
        'excludes_zero': figure.changed,
    }
