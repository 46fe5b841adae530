"""All the benchmarks of a suite in one table, and the comparison across them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dann.benchmarks.comparison.across import Across, compare_across
from dann.benchmarks.comparison.across import as_dict as across_as_dict
from dann.benchmarks.comparison.judging import evaluate_rule, in_words, pools
from dann.benchmarks.report.across_words import DIAGRAM, grid, reading
from dann.benchmarks.report.rendering import render
from dann.benchmarks.report.report import BenchmarkReport
from dann.benchmarks.results.opened import suite_folders
from dann.reporting.files import write_whole
from dann.reporting.json_text import json_text
from dann.reporting.markdown import Grid
from dann.reporting.notation import ABSENT

ACROSS = 'across_benchmarks'


@dataclass(frozen=True)
class SuiteReport:
    """The report of a suite: each of its benchmarks opened once.

    Args:
        root: The folder of the suite.
        parts: The reports of its benchmarks by name.
    """

    root: Path
    parts: Mapping[str, BenchmarkReport]

    @classmethod
    def open(
        cls,
        root: str | Path,
        select: str | None = None,
        *,
        allow_mixed: bool = False,
        parts: Mapping[str, BenchmarkReport] = MappingProxyType({}),
    ) -> SuiteReport:
        """Read every run folder in the folder ``root`` and compute its table.

        Args:
            root: Where ``dann benchmark`` wrote the benchmarks of a suite.
            select: Selection rule in place of the benchmarks' own.
            allow_mixed: Mark rows of another protocol instead of refusing them.
            parts: Reports by name that are open already, by the same rule.

        Raises:
            UserError: Rows of a benchmark cannot be compared.
            RunError: A file is corrupt.
        """
        found = {
            folder.name: parts.get(folder.name)
            or BenchmarkReport.open(folder, select, allow_mixed=allow_mixed)
            for folder in suite_folders(root)
        }
        return cls(Path(root), found)

    @cached_property
    def across(self) -> Across | None:
        """The comparison across benchmarks; ``None`` where there is nothing to compare."""
        measured = {name: part.table for name, part in self.parts.items() if not part.results.unlabelled}
        return compare_across(measured)

    @cached_property
    def text(self) -> str:
        """One table a benchmark with the mean seconds of a job, what its rule loses, and the comparison across them."""
        across = self.across
        return render(
            'suite.md',
            parts=[(part.table, _with_seconds(part), _loss(part)) for part in self.parts.values()],
            pooled=self._pooled(),
            across=across,
            ranks=grid(across) if across else [],
            reading=reading(across) if across else [],
        )

    @property
    def pages(self) -> tuple[Path, ...]:
        """Where ``write`` puts the pages."""
        return tuple(page for part in self.parts.values() for page in part.pages)

    @property
    def unkept(self) -> str:
        """Says that weights of what the rule chooses were not kept; empty where they were."""
        return next((part.unkept for part in self.parts.values() if part.unkept), '')

    def as_dict(self) -> dict[str, Any]:
        """Return the tables by benchmark, each row with the mean seconds of a job, ready for JSON.

        The comparison across benchmarks is under ``across_benchmarks``, where there are several.
        """
        found: dict[str, Any] = {}
        for name, part in self.parts.items():
            content = part.as_dict()
            rows = [{**row, 'seconds': part.seconds.get(row['method'])} for row in content['rows']]
            found[name] = {**content, 'rows': rows}
        return found | ({ACROSS: across_as_dict(self.across)} if self.across else {})

    def write(self) -> None:
        """Write the report of each benchmark, then what is common to all."""
        for part in self.parts.values():
            part.write()
        self.write_common()

    def write_common(self) -> None:
        """Write the combined table, its JSON and the critical-difference diagram into the folder of the suite."""
        write_whole(self.root / 'table.md', self.text)
        write_whole(self.root / 'results.json', json_text(self.as_dict()))
        if self.across is None or self.across.critical_difference is None:
            return
        from dann.benchmarks.report.rank_diagram import rank_diagram

        for suffix, data in rank_diagram(self.across).items():
            write_whole(self.root / f'{DIAGRAM}.{suffix}', data)

    def _pooled(self) -> str:
        """Say what the rule loses over all benchmarks, where they share one."""
        rules = {part.table.rule for part in self.parts.values()}
        found = pools(record for part in self.parts.values() for record in part.results.records)
        evaluated = (
            evaluate_rule(found, *rules) if len(self.parts) > 1 and len(rules) == 1 and found else None
        )
        return in_words(evaluated) if evaluated else ''


def _with_seconds(part: BenchmarkReport) -> Grid:
    seconds = part.seconds
    body = [
        [*line.texts, f'{seconds[line.row.method]:.1f}' if line.row.method in seconds else ABSENT]
        for line in part.sheet.lines
    ]
    return [[*part.sheet.columns, 's/job'], *body]


def _loss(part: BenchmarkReport) -> str:
    return in_words(part.table.evaluation) if part.table.evaluation else ''
