"""``dann fairness``: how the groups of a benchmark's samples fare, before and after adaptation."""

from __future__ import annotations

import argparse
from pathlib import Path

from dann.commands.options import add_selection
from dann.reporting.json_text import json_text
from dann.reporting.terminal import for_terminal

SUMMARY = 'show how groups of samples fare, before and after adaptation'
DESCRIPTION = (
    'Prints accuracy, worst group, calibration error and the differences between groups of every row of a benchmark '
    'whose data have `groups`, with intervals, and what each row changes against source-only. Target groups are read '
    'by the evaluator alone; nothing is trained.'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument('folder', type=Path, metavar='DIR', help='folder that a benchmark wrote')
    add_selection(parser)
    parser.add_argument(
        '--metrics',
        nargs='+',
        default=(),
        metavar='METRIC',
        help='further figures of your own, as dotted paths of functions of the counts of each group',
    )
    parser.add_argument('--json', action='store_true', help='print all figures as JSON')


def run(options: argparse.Namespace) -> int:
    """Print the figures."""
    from dann.benchmarks.fairness.report import FairnessReport

    report = FairnessReport.open(
        options.folder, options.select, allow_mixed=options.allow_mixed, metrics=options.metrics
    )
    print(json_text(report.as_dict()) if options.json else for_terminal(report.text), end='')
    return 0
