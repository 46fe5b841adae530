"""Measured numbers next to the published ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from dann.benchmarks.plan.recipes import Experiment, Recipe
from dann.benchmarks.report.table import Table
from dann.reporting.markdown import Grid, inert, pipes
from dann.reporting.notation import ABSENT, BASELINE, CEILING_TAG, VERSUS, percent, points
from dann.stats.intervals import Estimate, gap_closed


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """What was measured of one row.

    Args:
        method: The row's name.
        ceiling: Whether it is trained on target labels.
        accuracy: On the target's test split, a fraction; ``None`` without a run.
        difference: The same minus source-only's, paired by seed.
        gap_closed: Share of the way from source-only to the ceiling.
        planned: Seeds asked for.
    """

    method: str
    ceiling: bool
    accuracy: Estimate | None
    difference: Estimate | None
    gap_closed: float | None
    planned: int


def of_table(table: Table) -> list[MeasuredRow]:
    """Return the rows of a table under the benchmark's rule."""
    return [
        MeasuredRow(
            row.method,
            row.uses_target_labels,
            cell.accuracy,
            cell.difference,
            cell.gap_closed,
            len(row.planned),
        )
        for row in table.rows
        for cell in [table.main(row)]
    ]


def comparison(rows: Sequence[MeasuredRow], experiment: Experiment) -> Grid:
    """Return what was measured, the paper's figure and the gap closed of both, the heading first.

    Without a published figure the columns of the paper are left out.
    """
    heading = [
        'method',
        'ours',
        VERSUS,
        'gap closed',
        'n',
        'paper',
        'ours - paper',
        "paper's gap closed",
    ]
    ceiling = next((row.method for row in rows if row.ceiling), '')
    columns = len(heading) if experiment.published else heading.index('paper')
    return [line[:columns] for line in (heading, *(_line(row, experiment, ceiling) for row in rows))]


def _line(row: MeasuredRow, experiment: Experiment, ceiling: str) -> list[str]:
    paper, done = experiment.published.get(row.method), row.accuracy.n if row.accuracy else 0
    distance = None if row.accuracy is None or paper is None else row.accuracy.mean - paper / 100
    difference = percent(row.difference, signed=True)
    return [
        f'{row.method} ({CEILING_TAG})' if row.ceiling else row.method,
        percent(row.accuracy),
        f'**{difference}**' if row.difference and row.difference.excludes_zero else difference,
        _share(row.gap_closed),
        str(done) if done == row.planned else f'{done} of {row.planned}',
        ABSENT if paper is None else f'{paper:g}',
        ABSENT if distance is None else points(distance, signed=True),
        _share(published_gap(row.method, experiment, ceiling)),
    ]


def _share(gap: float | None) -> str:
    return ABSENT if gap is None else f'{100 * gap + 0.0:.0f} %'


def published_gap(method: str, experiment: Experiment, ceiling: str) -> float | None:
    """Return the share of the gap that a published figure closes; ``None`` unless one table has all three figures."""
    figures = [experiment.published.get(name) for name in (method, BASELINE, ceiling)]
    if experiment.cited or any(figure is None for figure in figures):
        return None
    return gap_closed(*(figure or 0.0 for figure in figures))


def published_where(experiment: Experiment, found: Recipe) -> str:
    """Return a sentence that says where the published figures are from, or that there are none."""
    if not experiment.published:
        return 'No published figure exists for this pair.'
    if not experiment.cited:
        return f'Published: {found.paper}, {experiment.where} ({found.url}).'
    sources: dict[str, list[str]] = defaultdict(list)
    for name in experiment.published:
        sources[experiment.cited.get(name, experiment.where)].append(name)
    return '\n'.join(
        ['Published:\n', *(f'- {", ".join(names)}: {source}' for source, names in sources.items())]
    )


def as_text(table: Table, experiment: Experiment, found: Recipe) -> str:
    """Return measured and published results as Markdown, with the conditions of both."""
    lines = [
        inert(
            f'**{experiment.title}** ({table.source} → {table.target}), target test {table.metric} in %, '
            f'by {table.rule}'
        ),
        pipes(comparison(of_table(table), experiment)),
        published_where(experiment, found),
        experiment.note,
        found.note,
    ]
    return '\n\n'.join(filter(None, lines)) + '\n'
