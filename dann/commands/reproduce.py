"""``dann reproduce``: runs a paper's recipe and sets the results next to the published figures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from dann import configs
from dann.commands.options import add_logger, add_workers, typed, workers
from dann.core.errors import UserError
from dann.reporting.saying import say
from dann.reporting.terminal import columns, for_terminal

if TYPE_CHECKING:
    from dann.benchmarks.plan.recipes import Experiment, Recipe

SUMMARY = "run a paper's recipe and compare the results with the published figures"
DESCRIPTION = (
    "Runs the rows of a paper's table that are not done yet, then prints mean and interval next to the published "
    'figure, and the share of the gap closed by both. Killed and called again it continues.'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument('name', metavar='NAME', nargs='?', help=', '.join(configs.names('recipes')))
    parser.add_argument('--list', action='store_true', help='show every row, the data it needs, and minutes')
    parser.add_argument('--row', nargs='+', metavar='ROW', help='only these rows of the table')
    parser.add_argument('--methods', nargs='+', metavar='METHOD', help='only these methods')
    parser.add_argument('--seeds', type=int, metavar='N', help='run seeds 0 to N-1')
    parser.add_argument('--steps', type=int, metavar='N', help='training steps, in place of the recipe')
    parser.add_argument('--out', type=Path, metavar='DIR', help='folder; runs/reproduce/NAME by default')
    add_workers(parser)
    add_logger(parser)


def run(options: argparse.Namespace) -> int:
    """Run what is missing of a recipe's rows and print each next to the paper's; return 1 if a job failed."""
    from dann.benchmarks.plan.recipes import listing, recipe

    if options.list:
        print('\n'.join(columns(listing())))
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
    from dann.benchmarks.plan.grid import benchmark
    from dann.benchmarks.report.paper_comparison import as_text
    from dann.benchmarks.report.report import BenchmarkReport
    from dann.benchmarks.report.tracked_report import track_report
    from dann.benchmarks.running.run import run as run_grid

    chosen = {key: getattr(options, key) for key in ('methods', 'seeds', 'steps')}
    grid = benchmark(experiment.name, experiment.config, **chosen)
    failed = run_grid(grid, folder, workers=workers(options), loggers=options.logger, command=typed())
    for job, why in failed.items():
        say(f'{job} failed: {why}')
    if any(folder.glob('jobs/*/done')):
        report = BenchmarkReport.open(folder)
        report.write()
        track_report(report, options.logger)
        print(for_terminal(as_text(report.table, experiment, found)))
        print(f'Report: {report.pages[0]}\n')
    return len(failed)
