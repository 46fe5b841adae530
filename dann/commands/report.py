"""``dann report``: rebuilds table, figures and report from the records of a benchmark."""

from __future__ import annotations

import argparse
from pathlib import Path

from dann.commands.options import add_selection
from dann.core.errors import UserError
from dann.core.shown import shown
from dann.reporting.terminal import for_terminal

SUMMARY = 'rebuild table, figures and report from the records of a benchmark'
DESCRIPTION = SUMMARY.capitalize() + ', by any selection rule. Nothing is trained.'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument('folder', type=Path, metavar='DIR', help='folder that a benchmark wrote')
    add_selection(parser)
    parser.add_argument(
        '--serve',
        action='store_true',
        help='show the report at an address of this machine and follow the benchmark while it runs; write nothing',
    )
    parser.add_argument(
        '--port', type=int, metavar='N', help='of --serve: where to listen; 8765 by default, 0 for any'
    )
    parser.add_argument('--json', action='store_true', help='print the results as JSON and write nothing')


def run(options: argparse.Namespace) -> int:
    """Rebuild table and report from the records, of every benchmark in the folder of a suite."""
    from dann.benchmarks import open_report
    from dann.reporting.json_text import json_text

    if options.serve:
        return _serve(options)
    if options.port is not None:
        raise UserError('`--port` says where `--serve` listens; pass both, or leave it out')
    report = open_report(options.folder, options.select, allow_mixed=options.allow_mixed)
    if options.json:
        print(json_text(report.as_dict()), end='')
        return 0
    report.write()
    print(for_terminal(report.text))
    if report.unkept:
        print(shown(report.unkept))
    print(f'{"Report" if len(report.pages) == 1 else "Reports"}: {", ".join(map(str, report.pages))}')
    return 0


def _serve(options: argparse.Namespace) -> int:
    from dann.benchmarks.report.serving import PORT, serve

    if options.json:
        raise UserError('`--json` prints once and `--serve` follows a run; choose one of them')
    port = PORT if options.port is None else options.port
    serve(options.folder, port, options.select, allow_mixed=options.allow_mixed)
    return 0
