"""``dann search``: searches hyper-parameters without target labels."""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dann.commands.options import (
    add_logger,
    add_own_data,
    add_training,
    add_workers,
    named_configuration,
    typed,
    workers,
)
from dann.core.errors import RunError, UserError
from dann.core.text_files import TextError, read_text
from dann.reporting.saying import say
from dann.reporting.terminal import for_terminal

if TYPE_CHECKING:
    from dann.search.loop import RowSearch
    from dann.search.plan import Plan

SUMMARY = 'search hyper-parameters without target labels, the same budget for every method'
DESCRIPTION = (
    'Draws hyper-parameters of every row from the ranges its classes declare, runs each as a '
    'benchmark would, and compares them by an unsupervised score. Writes table.md, search.json and best.yaml, '
    'a benchmark with what was found. Killed and called again it continues.'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument('name', metavar='NAME', help='as for `dann benchmark`')
    add_own_data(parser)
    add_training(parser)
    parser.add_argument('--methods', nargs='+', metavar='ROW', help='only these rows of the configuration')
    parser.add_argument('--trials', type=int, default=20, metavar='N', help='of every row; 20 by default')
    parser.add_argument('--seed', type=int, default=0, metavar='S', help='of the draws; 0 by default')
    parser.add_argument(
        '--seeds', type=int, default=1, metavar='N', help='run every trial under N seeds; 1 by default'
    )
    parser.add_argument(
        '--select', metavar='RULE', help='unsupervised score to compare by; that of NAME by default'
    )
    parser.add_argument(
        '--sampler', default='random', metavar='NAME', help='random (the default) or tpe, which learns'
    )
    parser.add_argument(
        '--steps', type=int, metavar='N', help='training steps of every run; as NAME by default'
    )
    parser.add_argument(
        '--sweep',
        type=Path,
        metavar='FILE',
        help='run nothing: write the search of the one row of --methods as a sweep of Weights & Biases',
    )
    parser.add_argument('--out', type=Path, metavar='DIR', help='folder; runs/search-NAME by default')
    add_workers(parser)
    add_logger(parser)


def run(options: argparse.Namespace) -> int:
    """Run what is missing of a search and write what it found; return 1 if a row has no whole search."""
    from dann.search.results import BEST, TABLE
    from dann.search.sweep import write_sweep

    count = workers(options)
    name, config = named_configuration(options)
    asked = _asked(options, name, config)
    if options.sweep:
        print(f'Sweep: {write_sweep(asked, options.sweep)}')
        return 0
    folder: Path = options.out or Path('runs') / f'search-{name}'
    rows = _searched(asked, config, folder, count, options.logger)
    print(for_terminal(_table(folder / TABLE)))
    for row in rows:
        if row.stopped:
            say(f'{row.name} stopped: {row.stopped}; run again to continue')
    print(
        f'Benchmark: dann benchmark {shlex.quote(str(folder / BEST))} --out runs/{shlex.quote(name)}-searched'
    )
    return 1 if any(row.stopped or row.best is None for row in rows) else 0


def _asked(options: argparse.Namespace, name: str, config: dict[str, Any]) -> Plan:
    from dann.benchmarks.plan.grid import benchmark
    from dann.search.plan import plan

    return plan(
        benchmark(name, config, methods=options.methods),
        trials=options.trials,
        seeds=options.seeds,
        steps=options.steps,
        rule=options.select,
        sampler=options.sampler,
        seed=options.seed,
    )


def _searched(
    asked: Plan, config: dict[str, Any], folder: Path, count: int, loggers: list[str]
) -> list[RowSearch]:
    """Run what is missing, write what was found, and log it where that has changed."""
    from dann.benchmarks.plan.grid import Benchmark
    from dann.benchmarks.running.run import run
    from dann.core.locking import locked
    from dann.engine.saved import CHOSEN, WEIGHTS
    from dann.search.loop import cannot_be_built, search
    from dann.search.results import TABLE, cells, write_results

    def runner(grid: Benchmark, where: Path) -> dict[str, str]:
        failed = run(grid, where, workers=count, loggers=loggers, command=typed())
        # gigabytes, which the benchmark of the best makes anew
        for weights in (*where.glob(f'jobs/*/{WEIGHTS}'), *where.glob(f'jobs/*/{CHOSEN}')):
            weights.unlink()
        return failed

    _make(folder)
    with locked(folder):
        _claim(folder, asked.budget)
        rows = search(asked, folder, runner, cannot_be_built)
        before = _table(folder / TABLE)
        write_results(rows, asked, config, folder)
    if 'wandb' in loggers and _table(folder / TABLE) != before:
        _track(asked, cells(rows), folder)
    return rows


def _table(path: Path) -> str:
    return path.read_text(encoding='utf-8') if path.exists() else ''


def _track(asked: Plan, table: list[list[str]], folder: Path) -> None:
    """Log the table of a search as one run of Weights & Biases beside those of its trials."""
    from dann.benchmarks.plan.grid import digest
    from dann.benchmarks.report.tracked_report import log_table

    group = f'search-{asked.benchmark.name}'
    about = {'benchmark': asked.benchmark.description, 'budget': asked.budget}
    log_table(folder, group, digest([group, asked.budget]), {}, table, about)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f'cannot write {folder} ({error.strerror}); pass --out with a folder you can write'
        raise UserError(msg) from error


def _budget(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(read_text(path))
    except (OSError, ValueError, RecursionError, TextError) as error:
        why = ' '.join(str(error).split())[:200]
        raise RunError(f'cannot read {path} ({why}); delete it, or pass --out with another folder') from error
    if not isinstance(known, dict):
        raise RunError(f'{path} holds no names and values; delete it, or pass --out with another folder')
    return known


def _claim(folder: Path, budget: dict[str, Any]) -> None:
    """Refuse a folder with runs of a search with another budget; one with more trials is the same search."""
    from dann.reporting.files import write_whole

    path = folder / 'budget.json'
    if path.exists() and any(folder.glob('trials/jobs/*/done')):
        before = _budget(path)
        for key, value in budget.items():
            if key != 'trials' and before.get(key) != value:
                raise UserError(
                    f'{folder} holds a search with another `{key}` ({before.get(key)} there, {value} here); '
                    'pass --out with another folder'
                )
    write_whole(path, json.dumps(budget, indent=2) + '\n')
