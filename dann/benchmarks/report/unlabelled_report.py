"""The report of a benchmark whose target has no labels, in every format."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from dann.benchmarks.report.report import BenchmarkReport
from dann.benchmarks.report.sheet import Sheet
from dann.benchmarks.report.unlabelled import Ranking
from dann.benchmarks.report.unlabelled_formats import ranking_csv, ranking_dict
from dann.benchmarks.report.unlabelled_sheet import ranking_sheet


class UnlabelledReport(BenchmarkReport):
    """The report of one benchmark on which nothing was measured: ``table`` is a ``Ranking``."""

    @cached_property
    def sheet(self) -> Sheet:
        """The table as it is printed."""
        return ranking_sheet(self._ranking)

    @property
    def csv(self) -> str:
        """The table as CSV."""
        return ranking_csv(self._ranking)

    def as_dict(self) -> dict[str, Any]:
        """Return the table and what it says, ready for JSON; fractions at full precision."""
        return ranking_dict(self.sheet, self._ranking)

    @property
    def _ranking(self) -> Ranking:
        assert isinstance(self.table, Ranking)
        return self.table
