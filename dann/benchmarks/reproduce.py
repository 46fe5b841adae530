"""What ``dann reproduce`` does: runs a paper's recipe and sets our numbers beside the published ones."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dann.benchmarks.beside import comparison, of_table, published_where
from dann.benchmarks.command import cores, typed
from dann.benchmarks.formats import pipes
from dann.benchmarks.grid import benchmark
from dann.benchmarks.recipes import Experiment, Recipe, recipe, recipes
from dann.benchmarks.table import Table
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
        f'**{experiment.title}** ({table.source} → {table.target}), target test {table.metric} in %, by {table.rule}',
        pipes(comparison(of_table(table), experiment)),
        published_where(experiment, found),
        experiment.note,
        found.note,
    ]
    return '\n\n'.join(filter(None, lines)) + '\n'


def listing() -> str:
    """Return every recipe's rows, with the data that each needs and the minutes it is expected to take."""
    rows = [
        [
            each.name,
            row.name,
            row.title,
            ', '.join(row.needs),
            f'{row.minutes:.0f}' if row.minutes else 'not yet run',
        ]
        for each in recipes()
        for row in each.rows.values()
    ]
    grid = [['recipe', 'row', 'what', 'needs', 'minutes'], *rows]
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    return '\n'.join(
        '  '.join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in grid
    )
