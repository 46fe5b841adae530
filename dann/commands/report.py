"""``dann report``: rebuilds table, figures and report from the records of a benchmark."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = 'rebuild table, figures and report from the records of a benchmark'
DESCRIPTION = SUMMARY.capitalize() + ', by any selection rule. Nothing is trained.'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument('folder', type=Path, metavar='DIR', help='folder that a benchmark wrote')
    parser.add_argument(
        '--select', metavar='RULE', help='score that chooses the checkpoint, for example val/bnm'
    )
    parser.add_argument(
        '--allow-mixed', action='store_true', help='mark rows of another protocol instead of refusing them'
    )
    parser.add_argument('--json', action='store_true', help='print the results as JSON and write nothing')


def run(options: argparse.Namespace) -> int:
    """Rebuild table and report from the records, of every benchmark in the folder of a suite."""
    from dann.benchmarks.report import suite_report
    from dann.benchmarks.report.formats import json_text
    from dann.benchmarks.report.report import results, write_report

    folder, rule, mixed = options.folder, options.select, options.allow_mixed
    if (folder / 'budget.json').exists():
        folder /= 'trials'  # of a search: its rows
    parts = suite_report.folders(folder)
    if options.json:
        found = (suite_report.results if parts else results)(folder, rule, allow_mixed=mixed)
        print(json_text(found), end='')
        return 0
    for each in parts or [folder]:
        page = write_report(each, rule, allow_mixed=mixed)
    if parts:
        suite_report.show_suite(folder, rule, allow_mixed=mixed)
    else:
        print((folder / 'table.md').read_text())
        print(f'Report: {page}')
    return 0
