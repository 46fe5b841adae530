"""What ``dann report`` and ``dann validators`` do, for Python: plain arguments in, tables and numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dann.benchmarks.comparison.judging import RuleEvaluation
from dann.benchmarks.report.report import BenchmarkReport, table_of
from dann.benchmarks.report.suite_report import SuiteReport
from dann.benchmarks.report.table import Table
from dann.benchmarks.results.opened import Results, suite_folders


def open_report(
    folder: str | Path, select: str | None = None, *, allow_mixed: bool = False
) -> BenchmarkReport | SuiteReport:
    """Open a run folder once, for all that is to be read from it or written into it.

    Args:
        folder: Where ``dann benchmark`` or ``dann search`` wrote: one benchmark, or a suite of several.
        select: Selection rule in place of the benchmark's own, for example ``val/bnm``.
        allow_mixed: Mark rows of another protocol instead of refusing them.

    Returns:
        A report with ``text`` (Markdown), ``as_dict()``, ``write()`` and ``pages``.

    Raises:
        UserError: There are no results, the rule is unknown, or rows cannot be compared.
        RunError: A file in the folder is corrupt.

    Example::

        from dann.benchmarks import open_report

        report = open_report('runs/day-to-night', select='val/bnm')
        print(report.text)
        report.write()
    """
    root = Path(folder)
    if (root / 'budget.json').exists():
        root /= 'trials'  # of a search: its rows
    kind: type[BenchmarkReport | SuiteReport] = SuiteReport if suite_folders(root) else BenchmarkReport
    return kind.open(root, select, allow_mixed=allow_mixed)


def read_table(folder: str | Path, select: str | None = None, *, allow_mixed: bool = False) -> Table:
    """Return the table of the benchmark in ``folder``; the arguments are those of ``open_report``.

    Example::

        from dann.benchmarks import read_table

        table = read_table('runs/day-to-night')
        print(table.best.method, table.main(table.best).accuracy.mean)
    """
    return table_of(Results.open(folder), select, allow_mixed=allow_mixed)


def read_results(
    folder: str | Path, select: str | None = None, *, allow_mixed: bool = False
) -> dict[str, Any]:
    """Return what ``dann report --json`` prints; the arguments are those of ``open_report``.

    Example::

        from dann.benchmarks import read_results

        print(read_results('runs/day-to-night')['headline'])
    """
    return open_report(folder, select, allow_mixed=allow_mixed).as_dict()


def write_report(
    folder: str | Path, select: str | None = None, *, allow_mixed: bool = False
) -> tuple[Path, ...]:
    """Write tables, figures and pages into ``folder``; the arguments are those of ``open_report``.

    Returns:
        The HTML pages, one for each benchmark.

    Example::

        from dann.benchmarks import write_report

        [page] = write_report('runs/day-to-night')
    """
    report = open_report(folder, select, allow_mixed=allow_mixed)
    report.write()
    return report.pages


def rank_rules(folders: Sequence[str | Path], order: str = 'weighted') -> dict[str, list[RuleEvaluation]]:
    """Return how well every rule that reads no target label agrees with target accuracy, the best first.

    Args:
        folders: Where ``dann benchmark`` wrote: benchmarks or suites.
        order: What to sort by: ``weighted`` or ``spearman`` (rank correlation), ``checkpoint`` or ``method`` (regret).

    Returns:
        By benchmark, and under ``all benchmarks`` over all of them where there are several.

    Example::

        from dann.benchmarks import rank_rules

        best = rank_rules(['runs/day-to-night'])['day-to-night'][0]
        print(best.rule, best.method.mean)
    """
    from dann.benchmarks.comparison.rankings import benchmark_folders, rankings, read_all

    return rankings(read_all(benchmark_folders(folders)), order)
