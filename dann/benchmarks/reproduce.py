"""What ``dann reproduce`` does: runs a paper's recipe and sets our numbers beside the published ones."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dann.benchmarks.command import cores, typed
from dann.benchmarks.formats import Grid, pipes, seeds
from dann.benchmarks.grid import benchmark
from dann.benchmarks.intervals import gap_closed
from dann.benchmarks.recipes import Experiment, Recipe, recipe, recipes
from dann.benchmarks.table import BASELINE, CEILING_TAG, Row, Table
from dann.benchmarks.verdicts import ABSENT, percent, points
from dann.errors import UserError


def reproduce_command(options: argparse.Namespace) -> int:
    """Run what is missing of a recipe's rows and print each beside the paper; return 1 if a job failed."""
    if options.list:
        print(listing())
        return 0
    if options.name is None:
        raise UserError('expected the NAME of a recipe; see `dann reproduce --list`')
    found = recipe(options.name)
    root: Path = options.out or Path('runs') / 'reproduce' / found.name
    failures = 0
    for experiment in found.chosen(options.row).values():
        failures += _run(experiment, found, root / experiment.name, options)
    return 1 if failures else 0


def _run(experiment: Experiment, found: Recipe, folder: Path, options: argparse.Namespace) -> int:
    from dann.benchmarks.report import load, write_report
    from dann.benchmarks.run import run

    chosen = {key: getattr(options, key) for key in ('methods', 'seeds', 'steps')}
    grid = benchmark(experiment.name, experiment.config, **chosen)
    failed = run(grid, folder, workers=options.workers or cores(), loggers=options.logger, command=typed())
    for job, why in failed.items():
        print(f'dann: {job} failed: {why}', file=sys.stderr)
    if any(folder.glob('jobs/*/done')):
        page = write_report(folder)
        print(beside_paper(load(folder)[1], experiment, found))
        print(f'Report: {page}\n')
    return len(failed)


def beside_paper(table: Table, experiment: Experiment, found: Recipe) -> str:
    """Return our results and the published ones as Markdown, with the conditions of both."""
    lines = [
        f'**{experiment.title}** ({table.source} → {table.target}), target test accuracy in %, {table.rule}',
        pipes(comparison(table, experiment.published)),
        f'Published: {found.paper}, {experiment.where} ({found.url}).',
    ]
    return '\n\n'.join([*lines, *filter(None, (experiment.note, found.note))]) + '\n'


def comparison(table: Table, published: dict[str, float]) -> Grid:
    """Return method, ours, paper, their difference, and the share of the gap closed of both, with the heading."""
    heading = ['method', 'ours', 'n', 'paper', 'ours - paper', 'gap closed', "paper's gap closed"]
    return [heading, *(_compared(row, table, published) for row in table.rows)]


def _compared(row: Row, table: Table, published: dict[str, float]) -> list[str]:
    cell, paper = table.main(row), published.get(row.method)
    gap = published_gap(row.method, published, table)
    distance = None if cell.accuracy is None or paper is None else cell.accuracy.mean - paper / 100
    return [
        f'{row.method} ({CEILING_TAG})' if row.uses_target_labels else row.method,
        percent(cell.accuracy),
        seeds(row),
        ABSENT if paper is None else f'{paper:g}',
        ABSENT if distance is None else points(distance, signed=True),
        ABSENT if cell.gap_closed is None else f'{100 * cell.gap_closed + 0.0:.0f} %',
        ABSENT if gap is None else f'{100 * gap + 0.0:.0f} %',
    ]


def published_gap(method: str, published: dict[str, float], table: Table) -> float | None:
    """Return the share of the gap that the published figure of a method closes; ``None`` where they do not say."""
    ceiling = table.ceiling.method if table.ceiling else ''
    figures = [published.get(name) for name in (method, BASELINE, ceiling)]
    if any(figure is None for figure in figures):
        return None
    return gap_closed(*(figure or 0.0 for figure in figures))


def listing() -> str:
    """Return every recipe's rows, with the data that each needs and the minutes it is expected to take."""
    rows = [
        [each.name, row.name, row.title, ', '.join(row.needs), f'{row.minutes:.0f}']
        for each in recipes()
        for row in each.rows.values()
    ]
    grid = [['recipe', 'row', 'what', 'needs', 'minutes'], *rows]
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    return '\n'.join(
        '  '.join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in grid
    )
