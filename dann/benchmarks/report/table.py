"""The benchmark's table: one row for each method, one cell for each selection rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dann.benchmarks.comparison.judging import RuleEvaluation
from dann.benchmarks.comparison.significance import Comparison, compare
from dann.benchmarks.results.learning import Learned
from dann.benchmarks.results.records import Record
from dann.benchmarks.results.selection import LAST, ORACLE, REPORTED
from dann.core.errors import check
from dann.reporting.notation import BASELINE
from dann.stats.intervals import Estimate

Chosen = dict[int, Record]


@dataclass(frozen=True, slots=True)
class Cell:
    """One row under one selection rule.

    Args:
        accuracy: Accuracy on the target's test split, a fraction; ``None`` without a run.
        difference: The same minus source-only's, paired by seed; ``None`` without a common seed.
        gap_closed: Share of the way from source-only to the ceiling.
        chosen: The record chosen for each seed.
        source_accuracy: Accuracy of the same records on the source's test split; ``None`` where they have none, as
            those of the supervised reference and of earlier versions.
        source_difference: The same minus source-only's, paired by seed: below 0 where the source is forgotten; ``None``
            for source-only itself.
        worst: Of the same records, accuracies of the class and the group that fare worst, by column, each with its
            difference from source-only's, paired by seed.
        unseen: The same of the accuracy on domains that no training saw, by their names.
    """

    accuracy: Estimate | None
    difference: Estimate | None
    gap_closed: float | None
    chosen: Chosen
    source_accuracy: Estimate | None = None
    source_difference: Estimate | None = None
    worst: Mapping[str, tuple[Estimate | None, Estimate | None]] = field(default_factory=dict)
    unseen: Mapping[str, tuple[Estimate | None, Estimate | None]] = field(default_factory=dict)


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
        learned: How well it learned the source; ``None`` where records do not say.
        batch_norm: How both domains passed through batch norm; empty where none is trained or records do not say.
    """

    method: str
    family: str
    uses_target_labels: bool
    seeds: tuple[int, ...]
    planned: tuple[int, ...]
    cells: Mapping[str, Cell]
    published: float | None = None
    mixed: tuple[str, ...] = ()
    learned: Learned | None = None
    batch_norm: str = ''

    @property
    def missing(self) -> tuple[int, ...]:
        """Seeds asked for that have no completed run."""
        return tuple(seed for seed in self.planned if seed not in self.seeds)


@dataclass(frozen=True, slots=True)
class Tested:
    """The samples that are scored.

    Args:
        fewest: The smallest number of any run; 0 where no record says.
        most: The largest.
        transductive: Whether they were in training, without labels.
        drawn: Whether each seed draws its own splits.
    """

    fewest: int = 0
    most: int = 0
    transductive: bool = False
    drawn: bool = False

    @property
    def count(self) -> str:
        """Their number, or the smallest and largest."""
        return f'{self.fewest:,}' if self.fewest == self.most else f'{self.fewest:,} to {self.most:,}'

    @property
    def phrase(self) -> str:
        """What a caption adds; empty where no record says."""
        if self.transductive:
            return f', transductive: on all {self.count} target samples, in training without labels'
        return f', {self.count} samples' if self.most else ''


@dataclass(frozen=True)
class Table:
    """All rows, in the order of the benchmark.

    Args:
        title: What is compared.
        source: The labelled domain.
        target: The unlabelled domain.
        rule: The benchmark's own selection rule.
        rows: The rows.
        unchosen: Sentences on runs from which a rule can choose nothing.
        metric: What every number is: ``accuracy`` or ``mean class accuracy``.
        evaluation: How well the rule agrees with the target's accuracy.
        search: The budget with which hyper-parameters were searched; empty where they were not.
        tested: The samples that are scored.
        as_published: Whether rows have options of their papers, each its own.
    """

    title: str
    source: str
    target: str
    rule: str
    rows: tuple[Row, ...]
    unchosen: tuple[str, ...] = ()
    metric: str = 'accuracy'
    evaluation: RuleEvaluation | None = None
    search: Mapping[str, Any] = field(default_factory=dict)
    tested: Tested = Tested()
    as_published: bool = False

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

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Every adapted row against source-only under the benchmark's rule, tested once however often it is read.

        Rows that use target labels answer another question and are left out, of the correction too. Empty without a
        seed in common.
        """
        differences = {row.method: self._differences(row) for row in self.adapted}
        return compare({method: values for method, values in differences.items() if values})

    def _differences(self, row: Row) -> list[float]:
        baseline = self.main(self.baseline).chosen if self.baseline else {}
        chosen = self.main(row).chosen
        return [
            chosen[seed]['scores'][REPORTED] - baseline[seed]['scores'][REPORTED]
            for seed in sorted(chosen.keys() & baseline.keys())
        ]

    @property
    def best(self) -> Row | None:
        """The adapted row with the highest mean under the benchmark's rule."""
        return max(self.adapted, key=lambda row: mean(self.main(row).accuracy), default=None)

    @property
    def published(self) -> bool:
        """Whether some row has a paper's figure."""
        return any(row.published is not None for row in self.rows)

    @property
    def tests_source(self) -> bool:
        """Whether some record has the accuracy on the source's test split; those of earlier versions have not."""
        return any(cell.source_accuracy is not None for row in self.rows for cell in row.cells.values())

    @property
    def figures(self) -> str:
        """What is printed, for the heading of a text."""
        return f'target test {self.metric} in %{self.tested.phrase}'

    @property
    def caption(self) -> str:
        """What is printed, for the caption of a page."""
        judged = 'Verdict, gap closed and source kept' if self.tests_source else 'Verdict and gap closed'
        return f'Target test accuracy in %{self.tested.phrase}. {judged} are by {self.rule}.'

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
