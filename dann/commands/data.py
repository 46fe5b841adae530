"""``dann data check``: its options, and what it does."""

from __future__ import annotations

import argparse
from pathlib import Path

from dann.reporting.json_text import json_text

SUMMARY = 'check your own data before training'
DESCRIPTION = 'Your own data.'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``check`` with its options."""
    commands = parser.add_subparsers(title='commands', metavar='COMMAND', required=True)
    check = commands.add_parser(
        'check',
        help='find unreadable images, leakage, label faults and label shift',
        description='Reads every image and label of a folder (ROOT/domain/class/image or '
        'ROOT/domain/split/class/image), a .csv (path, domain, label, split; or domain, label, split and one '
        'column for each feature), an .npz (x, y, domain, split) or an .npy with its .labels.npy and .domains.npy, '
        'target labels too (-1 or nothing: not known): nothing of it flows into training. Status 0 without errors, 1 '
        'with some.',
    )
    check.add_argument('root', type=Path, metavar='ROOT', help='folder, .csv, .npz or .npy')
    check.add_argument(
        '--source', nargs='+', metavar='DOMAIN', help='look at this domain, or several, and the target only'
    )
    check.add_argument('--target', metavar='DOMAIN', help='look at this domain and the source only')
    check.add_argument(
        '--groups',
        metavar='WHERE',
        help='what says the group of each sample: a column, `folder` (the folder below a class), an array, or a .csv '
        'of path and group; counts groups by class and names what is rare',
    )
    check.add_argument('--json', action='store_true', help='print everything as JSON, all files named')
    check.set_defaults(run_data=check_data_command)


def run(options: argparse.Namespace) -> int:
    """Run the command after ``dann data``."""
    status: int = options.run_data(options)
    return status


def check_data_command(options: argparse.Namespace) -> int:
    """Check and print; return 1 where there are errors."""
    from rich.console import Console

    from dann.datasets.checks.checking import check_data
    from dann.datasets.checks.report import show

    check = check_data(options.root, source=options.source, target=options.target, groups=options.groups)
    if options.json:
        print(json_text(check.record()), end='')
    else:
        show(check, Console())
    return check.status
