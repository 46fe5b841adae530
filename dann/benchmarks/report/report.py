"""A benchmark's results as files to read, to quote and to compute with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from dann.benchmarks.report.formats import as_dict, csv_text, latex, markdown
from dann.benchmarks.report.sheet import Sheet, sheet
from dann.benchmarks.report.table import Table
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.results.candidates import ENSEMBLE
from dann.benchmarks.results.cost import seconds_per_job
from dann.benchmarks.results.opened import Results
from dann.benchmarks.results.selection import LAST
from dann.reporting.files import write_whole
from dann.reporting.json_text import json_text


@dataclass(frozen=True)
class BenchmarkReport:
    """The report of one benchmark: opened and computed once, written in every format.

    Args:
        results: The opened run folder.
        table: Its table.
    """

    results: Results
    table: Table

    @classmethod
    def open(
        cls, folder: str | Path, select: str | None = None, *, allow_mixed: bool = False
    ) -> BenchmarkReport:
        """Read the run folder ``folder`` and compute its table.

        Args:
            folder: Where ``dann benchmark`` wrote.
            select: Selection rule in place of the benchmark's own.
            allow_mixed: Mark rows of another protocol instead of refusing them.

        Raises:
            UserError: There are no results, or rows that cannot be compared.
            RunError: A file is corrupt.
        """
        results = Results.open(folder)
        table = table_of(results, select, allow_mixed=allow_mixed)
        if results.unlabelled:
            from dann.benchmarks.report.unlabelled_report import UnlabelledReport

            return UnlabelledReport(results, table)
        return cls(results, table)

    @cached_property
    def sheet(self) -> Sheet:
        """The table as it is printed."""
        return sheet(self.table)

    @cached_property
    def seconds(self) -> dict[str, float]:
        """The mean seconds of a job by method."""
        return seconds_per_job(self.results.records)

    @cached_property
    def text(self) -> str:
        """The table and what it says, as Markdown."""
        return markdown(self.sheet)

    @property
    def csv(self) -> str:
        """The table as CSV."""
        return csv_text(self.sheet)

    @property
    def pages(self) -> tuple[Path, ...]:
        """Where ``write`` puts the page."""
        return (self.results.path / 'report.html',)

    @property
    def unkept(self) -> str:
        """Says that weights of what the rule chooses were not kept; empty where they were."""
        own, rule = self.results.benchmark.get('select'), self.table.rule
        if rule in (None, own, LAST) or own is None:
            return ''
        return (
            f'Weights of what {rule} chooses were not kept: chosen.pt and weights.pt are those of {own} and of the '
            f'last step; set `select: {rule}` and run the benchmark into another folder to have them.'
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the table and what it says, ready for JSON; fractions at full precision."""
        return as_dict(self.sheet)

    def write(self) -> None:
        """Write tables, figures and ``report.html`` into the run folder.

        The tables depend on nothing but the records and what was asked for: a benchmark that was interrupted and
        resumed has the same bytes. Each file appears whole or not at all, and the page comes last.
        """
        texts = {
            'table.md': self.text,
            'table.csv': self.csv,
            'table.tex': latex(self.sheet),
            'results.json': json_text(self.as_dict()),
        }
        for name, text in texts.items():
            write_whole(self.results.path / name, text)
        self._write_page()

    def _write_page(self) -> None:
        from dann.benchmarks.report.illustrations import illustrate
        from dann.benchmarks.report.page import render_page

        illustrations = illustrate(self.results, self.table)
        for figure in illustrations:
            for suffix, data in (figure.drawn or {}).items():
                write_whole(self.results.path / 'figures' / f'{figure.name}.{suffix}', data)
        write_whole(self.pages[0], render_page(self.results, self.sheet, illustrations))


def table_of(results: Results, select: str | None = None, *, allow_mixed: bool = False) -> Table:
    """Return the table of opened results: a ``Ranking``, without accuracies, where the target has no labels.

    Args:
        results: The opened run folder.
        select: Selection rule in place of the benchmark's own.
        allow_mixed: Mark rows of another protocol instead of refusing them.

    Raises:
        UserError: The rows cannot be compared, or no record has the score that the rule needs.
    """
    if results.unlabelled:
        from dann.benchmarks.report.unlabelled import build_ranking

        return build_ranking(results, select, allow_mixed=allow_mixed)
    rule = select or results.benchmark.get('select') or ''
    records = results.with_ensemble if rule.startswith(ENSEMBLE) else results.records
    return build_table(records, results.benchmark, select, allow_mixed=allow_mixed)


def up_to_date(folder: Path, select: str) -> bool:
    """Whether table and report are newer than all they are made from, and by the benchmark's own rule."""
    pages = [folder / name for name in ('report.html', 'table.md', 'results.json')]
    inputs = [folder / 'benchmark.yaml', folder / 'run.json', *folder.glob('jobs/*/*')]
    try:
        newest = max(path.stat().st_mtime for path in inputs if path.exists())
        oldest = min(path.stat().st_mtime for path in pages)
        rule = json.loads(pages[-1].read_text(encoding='utf-8'))['select']
    except (OSError, ValueError, KeyError):
        return False
    return bool(rule == select and oldest > newest)
