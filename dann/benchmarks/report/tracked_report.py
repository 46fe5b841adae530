"""The report of a benchmark as one more run of Weights & Biases, in the group of its jobs."""

from __future__ import annotations

import csv
import io
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dann.benchmarks.plan.grid import digest
from dann.benchmarks.report.ending import sentence
from dann.benchmarks.report.report import BenchmarkReport
from dann.core.version import release


def track_report(report: BenchmarkReport, names: Sequence[str]) -> None:
    """Log verdict and table of a report, where ``wandb`` is asked for, and say how to upload what is offline.

    It is a run of its own: a verdict belongs to all jobs, and the summary of each would have to be written anew
    whenever one is added.

    Args:
        report: Of the benchmark.
        names: Of loggers.
    """
    if 'wandb' not in names:
        return
    one = report.results.records[0]
    log_table(
        report.results.path,
        one['benchmark'],
        digest([one['benchmark'], one['protocol'], 'report']),
        {'verdict': sentence(report.table), 'select': report.table.rule},
        list(csv.reader(io.StringIO(report.csv))),
        report.results.benchmark,
    )


def log_table(
    folder: Path, group: str, run_id: str, facts: dict[str, Any], lines: Sequence[Sequence[str]], config: Any
) -> None:
    """Log one table as a run of job type ``report``.

    Args:
        folder: Of the results.
        group: Name of the benchmark.
        run_id: The same for the same results.
        facts: For the run's summary.
        lines: Cells as text, the names of the columns first.
        config: Of the run.
    """
    from dann.engine.wandb_runs import TrackedRun, mode

    tags = [group, 'report', f'dann {release()}']
    run = TrackedRun(
        folder,
        id=run_id,
        name=f'{group} report',
        group=group,
        job_type='report',
        tags=tags,
        config=config,
    )
    run.summarise(facts)
    run.log_table('table', lines[0], [list(map(_cell, line)) for line in lines[1:]])
    run.end()
    if mode() == 'offline':
        where = shlex.quote(os.environ.get('WANDB_DIR') or str(folder))
        print(f"W&B offline: wandb sync $(find {where} -name 'offline-run-*') uploads the runs")


def _cell(text: str) -> float | str | None:
    try:
        return float(text) if text else None
    except ValueError:
        return text
