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
    from dann.benchmarks import open_report
    from dann.benchmarks.report.formats import json_text

    report = open_report(options.folder, options.select, allow_mixed=options.allow_mixed)
    if options.json:
        print(json_text(report.as_dict()), end='')
        return 0
    report.write()
    print(report.text)
    if report.unkept:
        print(report.unkept)
    print(f'{"Report" if len(report.pages) == 1 else "Reports"}: {", ".join(map(str, report.pages))}')
    return 0
