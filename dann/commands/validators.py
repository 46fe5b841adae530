"""``dann validators``: ranks selection rules by how well they agree with target accuracy."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from dann.reporting.json_text import json_text
from dann.reporting.saying import say
from dann.reporting.terminal import for_terminal

ORDERS = ('weighted', 'spearman', 'checkpoint', 'method')


SUMMARY = 'rank the scores that choose a model by how well they agree with target accuracy'
DESCRIPTION = (
    'Prints, for every rule that reads no target label, its regret against the oracle and its rank '
    'correlation with target accuracy, over any set of records. This is the one command that judges scores by '
    'target labels; it chooses nothing.'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument('folders', type=Path, nargs='+', metavar='DIR', help='folders that benchmarks wrote')
    parser.add_argument(
        '--sort', choices=ORDERS, default=ORDERS[0], help='column to rank by; %(default)s by default'
    )
    parser.add_argument(
        '--rescore',
        nargs='*',
        metavar='CLASS',
        help='first score every evaluation that was kept by `dann benchmark --keep-views` again, with these '
        'validators or, without a name, with the default ones; dear ones too, which a run computes at its last '
        'evaluation only unless its `dear_validators` are `always`',
    )
    parser.add_argument('--json', action='store_true', help='print the figures as JSON')


def run(options: argparse.Namespace) -> int:
    """Print the ranking over all folders, and each benchmark's."""
    from dann.benchmarks import rank_rules
    from dann.benchmarks.comparison.rankings import as_text, benchmark_folders
    from dann.benchmarks.results.underway import lacking
    from dann.commands.options import cores

    if options.rescore is not None:
        from dann.benchmarks.running.rescore import rescore

        count = rescore(benchmark_folders(options.folders), options.rescore, cores())
        print(f'{count} evaluations scored again', file=sys.stderr)
    found = rank_rules(options.folders, options.sort)
    for folder in benchmark_folders(options.folders):
        if line := lacking(folder, 'ranked'):
            say(line)
    if options.json:
        ready = {name: [asdict(each) for each in ranked] for name, ranked in found.items()}
        print(json_text(ready), end='')
    else:
        print(for_terminal(as_text(found)))
    return 0
