"""``python -m tools.mutants``: applies the listed one-line mutations and says which of them no test notices."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tools.mutants.mutations import LIST, Mutation, faults, read
from tools.mutants.running import PRELOAD, Outcome, Workshop, mutated, unmutated

ROOT = Path(__file__).resolve().parents[2]
SHOWN = 30  # last lines of what pytest printed, where a trial could not be run


def main(
    argv: Sequence[str] | None = None,
    *,
    root: Path = ROOT,
    path: Path = LIST,
    preload: Sequence[str] = PRELOAD,
) -> int:
    """Try the mutations of ``path`` on copies of ``root``; return 0 where tests notice all of them, else 1."""
    options = _parser().parse_args(argv)
    mutations = [each for each in read(path) if not options.only or re.search(options.only, str(each))]
    if not mutations:
        print(f'mutants: no mutation matches {options.only!r}; see --list', file=sys.stderr)
        return 2
    if options.list:
        for each in mutations:
            print(f'{each}  [{" ".join(each.tests)}]')
        return 0
    problems = [problem for each in mutations for problem in faults(each, root)]
    for problem in problems:
        print(f'error  {problem}', file=sys.stderr)
    if problems:
        return 1
    started = time.monotonic()
    os.environ.setdefault('OMP_NUM_THREADS', '1')  # a forked process must find no thread running
    try:
        with Workshop(root, options.jobs, preload=preload) as workshop:
            outcomes = _tried(workshop, mutations)
    except KeyboardInterrupt:
        print('mutants: interrupted; nothing is left behind', file=sys.stderr)
        return 130
    return _summary(outcomes, time.monotonic() - started)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='python -m tools.mutants', description=__doc__)
    parser.add_argument('--only', metavar='PATTERN', help='mutations whose line in --list this pattern is in')
    parser.add_argument('--list', action='store_true', help='print the mutations and their tests, and stop')
    cores = os.cpu_count() or 1
    parser.add_argument('--jobs', type=int, default=cores, metavar='N', help=f'processes (default {cores})')
    return parser


def _tried(workshop: Workshop, mutations: Sequence[Mutation]) -> list[Outcome]:
    """Run the tests as they are, which must pass, then with each mutation; print each outcome as it comes."""
    broken: list[Outcome] = []
    for outcome in workshop.run(unmutated(mutations)):
        if outcome.status != 'survived':
            broken.append(outcome)
            print(f'error  {" ".join(outcome.trial.tests)}: does not pass without a mutation', flush=True)
            print(_end_of(outcome.output), flush=True)
    useless = {each.trial.tests for each in broken}
    outcomes = list(broken)
    for outcome in workshop.run(mutated([each for each in mutations if each.tests not in useless])):
        outcomes.append(outcome)
        print(f'{outcome.status:8}  {outcome.seconds:5.1f} s  {outcome.trial.mutation}', flush=True)
        if outcome.status == 'error':
            print(_end_of(outcome.output), flush=True)
    return outcomes


def _end_of(output: str) -> str:
    return '\n'.join(f'    {line}' for line in output.splitlines()[-SHOWN:])


def _summary(outcomes: Sequence[Outcome], seconds: float) -> int:
    tried = [each for each in outcomes if each.trial.mutation is not None]
    counts = Counter(each.status for each in tried)
    survivors = [each for each in tried if each.status == 'survived']
    if survivors:
        print('Survivors, which no test notices:')
        for each in survivors:
            print(f'  {each.trial.mutation}  [{" ".join(each.trial.tests)}]')
    errors = counts['error'] + len(outcomes) - len(tried)
    print(
        f'{len(tried)} mutations: {counts["killed"]} killed, {counts["survived"]} survived, '
        f'{errors} errors, {seconds:.0f} seconds'
    )
    return 1 if survivors or errors else 0


if __name__ == '__main__':
    sys.exit(main())
