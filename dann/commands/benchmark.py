"""``dann benchmark``: runs methods x seeds, then writes table and report."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dann import configs
from dann.commands.options import (
    add_logger,
    add_own_data,
    add_training,
    add_workers,
    named_configurations,
    typed,
    workers,
)
from dann.core.errors import UserError
from dann.reporting.saying import say
from dann.reporting.terminal import for_terminal

if TYPE_CHECKING:
    from dann.benchmarks.plan.grid import Benchmark
    from dann.benchmarks.report.report import BenchmarkReport
    from dann.benchmarks.report.suite_report import SuiteReport

SUMMARY = 'run methods x seeds, then write table and report'
DESCRIPTION = (
    'Runs every method under every seed that the folder does not hold yet, then writes table and report. '
    'Killed and called again it continues.'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        'name',
        metavar='NAME',
        help=f'{", ".join(configs.names())}, or a YAML file, or ROOT: a folder (ROOT/domain/class/image), .csv, '
        '.npz or .npy of your own images, features or series',
    )
    add_own_data(parser)
    parser.add_argument(
        '--unseen',
        nargs='+',
        action='extend',
        metavar='DOMAIN',
        help='of ROOT: further domains of which nothing is trained on, scored beside the target: does adaptation help '
        'beyond it?',
    )
    add_training(parser)
    parser.add_argument('--methods', nargs='+', metavar='ROW', help='only these rows of the configuration')
    parser.add_argument('--seeds', type=int, metavar='N', help='run seeds 0 to N-1')
    parser.add_argument('--steps', type=int, metavar='N', help='training steps of every run')
    parser.add_argument(
        '--severity', type=float, metavar='S', help='of the night, from 0 (dusk) to 1 (deep night)'
    )
    parser.add_argument(
        '--strategies',
        action='store_true',
        help='compare ways to fine-tune the pretrained backbone: head only, last blocks, all weights, from scratch',
    )
    parser.add_argument(
        '--leave-one-out',
        action='store_true',
        help='of several sources: run it on all and without each, and say what each is worth',
    )
    parser.add_argument(
        '--labels',
        nargs='+',
        metavar='K',
        help='run every row with K target labels of each class too (numbers, or all), and say how many labels '
        'adaptation is worth',
    )
    parser.add_argument('--out', type=Path, metavar='DIR', help='folder of the results; runs/NAME by default')
    add_workers(parser)
    add_logger(parser)
    parser.add_argument(
        '--keep-views',
        action='store_true',
        help='keep features and predictions of both validation splits at every evaluation, for scores of your own; '
        '`dann validators --rescore` computes any score from them afterwards, also the dear ones, which a run computes '
        'at its last evaluation only',
    )


def run(options: argparse.Namespace) -> int:
    """Run what is missing of a benchmark, or of each benchmark of a suite; return 1 if a job failed."""
    from dann.benchmarks.report.tracked_report import track_report
    from dann.benchmarks.running.run import run as run_grid

    root, grids = _grids(options)
    count, failures = workers(options), 0
    written: dict[str, BenchmarkReport] = {}
    for folder, grid in grids.items():
        _say_what_is_dear(grid)
        failed = run_grid(
            grid,
            folder,
            workers=count,
            loggers=options.logger,
            command=typed(),
            keep_views=options.keep_views,
        )
        failures += len(failed)
        for job, why in failed.items():
            say(f'{job} failed: {why}')
        if any(folder.glob('jobs/*/done')) and (report := _report(folder, grid.select, whole=folder == root)):
            written[folder.name] = report
            track_report(report, options.logger)
    if options.labels:
        _show_labels(root, written.get(root.name))
    if options.strategies:
        _show_strategies(root)
    elif root not in grids:
        _show_suite(root, written, sources=options.leave_one_out)
    return 1 if failures else 0


def _say_what_is_dear(grid: Benchmark) -> None:
    from dann.benchmarks.plan.grid import reads_dear

    if reads_dear(grid.select):
        say(f'{grid.name} selects by {grid.select}, so every evaluation computes all dear validators')


def _grids(options: argparse.Namespace) -> tuple[Path, dict[Path, Benchmark]]:
    """Return the folder of the results, and what to run in which folder."""
    from dann.benchmarks.plan.grid import benchmark
    from dann.benchmarks.plan.suite import configurations, is_suite

    named = named_configurations(options)
    name, config = next(iter(named.items()))
    suffix = '' if options.severity is None else f'-severity-{options.severity:g}'
    root: Path = options.out or Path('runs') / f'{_of_all(options, named)}{suffix}{_of_study(options)}'
    chosen = {key: getattr(options, key) for key in ('methods', 'seeds', 'steps', 'severity')}
    if options.labels:
        config = _with_labels(options, config)
        chosen['methods'] = None
    if options.leave_one_out or len(named) > 1:
        return root, _several(options, named, root, chosen)
    if options.strategies:
        return _strategies(name, config, root, chosen)
    if not is_suite(config):
        return root, {root: benchmark(name, config, **chosen)}
    found = configurations(name, config)
    return root, {root / pair: benchmark(pair, each, **chosen) for pair, each in found.items()}


def _of_study(options: argparse.Namespace) -> str:
    """Return what a study adds to the name of its folder: its rows or benchmarks are not those of the plain one."""
    studies = {
        'strategies': options.strategies,
        'leave-one-out': options.leave_one_out,
        'labels': options.labels,
    }
    return ''.join(f'-{name}' for name, asked in studies.items() if asked)


def _with_labels(options: argparse.Namespace, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration with rows that have labels of the target."""
    from dann.benchmarks.plan.labelled import counts_of, labelled
    from dann.benchmarks.plan.suite import is_suite

    if is_suite(config) or options.leave_one_out or options.strategies or len(options.target or ()) > 1:
        raise UserError(
            '`--labels` is a study of its own, of one benchmark with one target; run it by itself'
        )
    return labelled(config, counts_of(options.labels), options.methods)


def _of_all(options: argparse.Namespace, named: Mapping[str, Any]) -> str:
    """Return a name for the benchmarks of several targets: that of one, with their number in the target's place."""
    from dann.benchmarks.plan import own_data

    if len(named) == 1:
        return next(iter(named))
    sources, number = [*dict.fromkeys(options.source)], f'{len(named)}-targets'
    return own_data.title(options.name, sources, number, options.protocol, options.unseen or ())


def _several(
    options: argparse.Namespace, named: Mapping[str, Any], root: Path, chosen: Mapping[str, Any]
) -> dict[Path, Benchmark]:
    """Return the benchmarks of several targets, or those of a study that leaves out each source."""
    from dann.benchmarks.plan.grid import benchmark
    from dann.benchmarks.plan.suite import is_suite
    from dann.benchmarks.plan.without_each import rows_of_each, without_each

    name, config = next(iter(named.items()))
    if options.strategies or (options.leave_one_out and (len(named) > 1 or is_suite(config))):
        raise UserError(
            '`--strategies`, `--leave-one-out` and several targets or benchmarks are studies of their own; '
            'run one after the other'
        )
    if not options.leave_one_out:
        return {root / each: benchmark(each, given, **chosen) for each, given in named.items()}
    found = without_each(name, config)
    benchmark(name, config, **chosen)  # raises for a row that the study on all sources lacks
    return {
        root / each: benchmark(each, found[each], **{**chosen, 'methods': rows})
        for each, rows in rows_of_each(found, chosen['methods']).items()
    }


def _strategies(
    name: str, config: Mapping[str, Any], root: Path, chosen: Mapping[str, Any]
) -> tuple[Path, dict[Path, Benchmark]]:
    from dann.benchmarks.strategies import strategies

    plans, left_out = strategies(name, config, **chosen)
    for line in left_out:
        say(line)
    return root, {root / each: plan for each, plan in plans.items()}


def _show_strategies(root: Path) -> None:
    """Write and print the table of the strategies that have results."""
    from dann.benchmarks import strategies

    if strategies.followed(root):
        print(for_terminal(strategies.write(root)))
        print(f'Table: {root / "strategies.md"}, {root / "strategies.csv"}')


def _report(folder: Path, select: str, *, whole: bool) -> BenchmarkReport | None:
    """Write the report where it is out of date, and return it; print it where it is the ``whole`` of the command."""
    from dann.benchmarks.report.report import BenchmarkReport, up_to_date

    report = None
    if not up_to_date(folder, select):
        report = BenchmarkReport.open(folder)
        report.write()
    if whole:
        _show(report or BenchmarkReport.open(folder), folder)
    return report


def _show(report: BenchmarkReport, folder: Path) -> None:
    from dann.benchmarks.report.ending import ending, ranking_ending
    from dann.benchmarks.report.unlabelled import Ranking

    if isinstance(report.table, Ranking):
        print(ranking_ending(report.table, folder))
    else:
        print(ending(report.table, folder, typed()))


def _show_suite(root: Path, written: Mapping[str, BenchmarkReport], *, sources: bool = False) -> None:
    """Write and print what is common to the benchmarks of a suite, without opening those just ``written`` again."""
    from dann.benchmarks.report.suite_report import SuiteReport

    suite = SuiteReport.open(root, parts=written)
    if suite.parts:
        suite.write_common()
        print(for_terminal(suite.text))
        if sources:
            _show_sources(root, suite)
        print(f'Reports: {", ".join(map(str, suite.pages))}')


def _show_sources(root: Path, suite: SuiteReport) -> None:
    """Write and print what each source is worth, where the target has labels."""
    from dann.benchmarks.plan.without_each import ALL
    from dann.benchmarks.report import left_out
    from dann.benchmarks.report.table import Table

    tables = {name: part.table for name, part in suite.parts.items() if isinstance(part.table, Table)}
    if ALL in tables:
        print(for_terminal(left_out.write(root, tables)))
    else:
        say('what each source is worth is measured with labels of the target, which has none')


def _show_labels(folder: Path, written: BenchmarkReport | None) -> None:
    """Write and print how many labels adaptation is worth, without opening a report just ``written`` again."""
    from dann.benchmarks.report import labels
    from dann.benchmarks.report.report import BenchmarkReport
    from dann.benchmarks.report.table import Table

    if not any(folder.glob('jobs/*/done')):
        return
    table = (written or BenchmarkReport.open(folder)).table
    if isinstance(table, Table):
        print(for_terminal(labels.write(folder, table)))
        print(f'Curve: {folder / "labels.md"}, {folder / "figures" / "labels.png"}')
