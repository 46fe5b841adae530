"""The options of the commands that run benchmarks and report on them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dann import configs
from dann.benchmarks import own_data


def add_benchmark(commands: Any) -> None:
    """Add the parser of ``dann benchmark``."""
    parser = commands.add_parser(
        'benchmark',
        help='run methods x seeds, then write table and report',
        description='Runs every method under every seed that the folder does not hold yet, then writes '
        'table and report. Killed and called again it continues.',
    )
    parser.add_argument(
        'name',
        metavar='NAME',
        help=f'{", ".join(configs.names())}, or a YAML file, or ROOT: a folder (ROOT/domain/class/image), .csv or '
        '.npz of images',
    )
    own_data.add_options(parser)
    parser.add_argument('--methods', nargs='+', metavar='ROW', help='only these rows of the configuration')
    parser.add_argument('--seeds', type=int, metavar='N', help='run seeds 0 to N-1')
    parser.add_argument('--steps', type=int, metavar='N', help='training steps of every run')
    parser.add_argument(
        '--severity', type=float, metavar='S', help='of the night, from 0 (dusk) to 1 (deep night)'
    )
    parser.add_argument('--out', type=Path, metavar='DIR', help='folder of the results; runs/NAME by default')
    parser.add_argument('--workers', type=int, metavar='N', help='processes; one a core by default')
    parser.add_argument(
        '--logger',
        action='append',
        choices=('wandb', 'tensorboard'),
        default=[],
        help='log there too; CSV always',
    )
    parser.add_argument(
        '--keep-views',
        action='store_true',
        help='keep features and predictions of both validation splits at every evaluation, for scores of your own',
    )
    parser.set_defaults(command=_benchmark)


def add_reproduce(commands: Any) -> None:
    """Add the parser of ``dann reproduce``."""
    parser = commands.add_parser(
        'reproduce',
        help="run a paper's recipe and set our numbers beside the published ones",
        description="Runs the rows of a paper's table that are not done yet, then prints mean and interval beside "
        'the published figure, and the share of the gap closed by both. Killed and called again it continues.',
    )
    parser.add_argument('name', metavar='NAME', nargs='?', help=', '.join(configs.names('recipes')))
    parser.add_argument('--list', action='store_true', help='show every row, the data it needs, and minutes')
    parser.add_argument('--row', nargs='+', metavar='ROW', help='only these rows of the table')
    parser.add_argument('--methods', nargs='+', metavar='METHOD', help='only these methods')
    parser.add_argument('--seeds', type=int, metavar='N', help='run seeds 0 to N-1')
    parser.add_argument('--steps', type=int, metavar='N', help='training steps, in place of the recipe')
    parser.add_argument('--out', type=Path, metavar='DIR', help='folder; runs/reproduce/NAME by default')
    parser.add_argument('--workers', type=int, metavar='N', help='processes; one a core by default')
    parser.set_defaults(command=_reproduce, logger=[])


def add_report(commands: Any) -> None:
    """Add the parser of ``dann report``."""
    parser = commands.add_parser(
        'report', help='rebuild table, figures and report from the records of a benchmark'
    )
    parser.add_argument('folder', type=Path, metavar='DIR', help='folder that a benchmark wrote')
    parser.add_argument(
        '--select', metavar='RULE', help='score that chooses the checkpoint, for example val/bnm'
    )
    parser.add_argument(
        '--allow-mixed', action='store_true', help='mark rows of another protocol instead of refusing them'
    )
    parser.add_argument('--json', action='store_true', help='print the results as JSON and write nothing')
    parser.set_defaults(command=_report)


def _reproduce(options: argparse.Namespace) -> int:
    from dann.benchmarks.reproduce import reproduce_command

    return reproduce_command(options)


def _benchmark(options: argparse.Namespace) -> int:
    from dann.benchmarks.command import run_command

    return run_command(options)


def _report(options: argparse.Namespace) -> int:
    from dann.benchmarks.command import report_command

    return report_command(options)
