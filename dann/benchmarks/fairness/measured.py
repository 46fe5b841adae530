"""The figures of groups, row by row of a benchmark, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import fmean

from dann.benchmarks.report.table import Row, Table
from dann.benchmarks.report.verdicts import MIXED
from dann.benchmarks.results.opened import Results
from dann.benchmarks.running.kept_groups import groups_path, kept_groups
from dann.core.sealed import was_left
from dann.reporting.notation import BASELINE, CEILING_TAG
from dann.stats.group_intervals import Interval, by_chance, difference_intervals, group_intervals
from dann.stats.grouped import Grouped, Metric
from dann.stats.intervals import Estimate, estimate, paired


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one row.

    Args:
        runs: Its value by seed.
        interval: Of one seed's value, a 95 % bootstrap interval over the samples; ``None`` of several seeds.
        over_seeds: Mean and interval over seeds.
        difference: The same minus source-only's, paired by seed; ``None`` of source-only, or without a common seed.
        difference_interval: Where one seed is in common, a bootstrap interval of its difference over the samples.
    """

    runs: Mapping[int, float]
    interval: Interval | None
    over_seeds: Estimate
    difference: Estimate | None = None
    difference_interval: Interval | None = None

    @property
    def changed(self) -> bool:
        """Whether the interval of the difference from source-only excludes zero."""
        if self.difference_interval is not None:
            low, high = self.difference_interval
            return low > 0 or high < 0
        return bool(self.difference and self.difference.excludes_zero)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """How groups fare under one row of a benchmark, on the test split of one domain.

    Args:
        method: The row's name.
        names: Of the groups.
        sizes: Samples of each group, of the first seed.
        figures: By the names of ``Grouped.figures``.
        chance: The differences that chance alone makes, mean over seeds.
        grouped: The predictions by seed.
        uses_target_labels: Whether the row trains on what adaptation must do without.
        mixed: In what its protocol differs from most rows', where that was allowed: it is compared with none then.
    """

    method: str
    names: tuple[str, ...]
    sizes: Mapping[str, int]
    figures: Mapping[str, Figure]
    chance: Mapping[str, float]
    grouped: Mapping[int, Grouped]
    uses_target_labels: bool = False
    mixed: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The row's name, with marks where it trains on target labels or has another protocol."""
        name = f'{self.method} ({CEILING_TAG})' if self.uses_target_labels else self.method
        return name + (MIXED if self.mixed else '')


def measured(
    results: Results, table: Table, domain: str, further: Mapping[str, Metric] | None = None
) -> list[GroupRow]:
    """Return the rows whose jobs left predictions on a domain's groups, in the table's order.

    At the evaluations that the table's rule chooses.

    Args:
        results: The opened run folder.
        table: Its table.
        domain: ``target`` or ``source``.
        further: Metrics of the user's own, by name.
    """
    kept = {row.method: _of_row(results, table, row, domain, further or {}) for row in table.rows}
    base = {} if table.baseline is None or table.baseline.mixed else kept[BASELINE]
    found = []
    for row in table.rows:
        if runs := kept[row.method]:
            figures = _row(row.method, runs, {} if row.mixed else base)
            found.append(replace(figures, uses_target_labels=row.uses_target_labels, mixed=row.mixed))
    return found


def _of_row(
    results: Results, table: Table, row: Row, domain: str, further: Mapping[str, Metric]
) -> dict[int, Grouped]:
    jobs = {records[0]['run']: job for job, records in results.jobs.items()}
    found = {}
    for seed, record in sorted(table.main(row).chosen.items()):
        path = groups_path(jobs[record['run']], record['step'])
        if was_left(path) and domain in (grouped := kept_groups(path)):
            found[seed] = replace(grouped[domain], further=further)
    return found


def _row(method: str, runs: Mapping[int, Grouped], base: Mapping[int, Grouped]) -> GroupRow:
    first, shared = next(iter(runs.values())), sorted(runs.keys() & base.keys())
    only = group_intervals(first) if len(runs) == 1 else {}
    compared = method != BASELINE and bool(shared)
    alone = difference_intervals(runs[shared[0]], base[shared[0]]) if compared and len(shared) == 1 else {}
    names = dict.fromkeys(name for grouped in runs.values() for name in grouped.figures)
    figures = {}
    for name in names:
        own = _values(runs, name)
        figures[name] = Figure(
            own,
            only.get(name),
            estimate([*own.values()]),
            paired(own, _values(base, name)) if compared else None,
            alone.get(name),
        )
    chances = [by_chance(grouped) for grouped in runs.values()]
    chance = {name: fmean(each[name] for each in chances) for name in chances[0]}
    return GroupRow(method, first.names, first.sizes, figures, chance, runs)


def _values(runs: Mapping[int, Grouped], name: str) -> dict[int, float]:
    return {seed: grouped.figures[name] for seed, grouped in runs.items() if name in grouped.figures}
