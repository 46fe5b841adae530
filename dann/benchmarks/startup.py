"""What it costs to start ``dann``: the seconds of the commands that answer from what is installed.

Each command runs several times in a process of its own, after one run that is not counted: it fills the cache, as the
first call of a user does. Printed are the median of the wall clock and of the processor time, user and system
together; where other programs run on the machine only the second says something.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

COMMANDS = (
    'list methods',
    'list datasets',
    'list backbones',
    'list validators',
    'list benchmarks',
    'fit --help',
    '--help',
)


@dataclass(frozen=True, slots=True)
class Seconds:
    """What a process took.

    Args:
        wall: Seconds by the clock.
        processor: Seconds of the processor, user and system.
    """

    wall: float
    processor: float


def timed(arguments: Sequence[str]) -> Seconds:
    """Run ``dann`` with some arguments in a process of its own and return what it took.

    Raises:
        CalledProcessError: The command failed.
    """
    started, before = time.perf_counter(), os.times()
    subprocess.run([sys.executable, '-m', 'dann', *arguments], stdout=subprocess.DEVNULL, check=True)
    wall, after = time.perf_counter() - started, os.times()
    user, system = after.children_user - before.children_user, after.children_system - before.children_system
    return Seconds(wall, user + system)


def median(rounds: Sequence[Seconds]) -> Seconds:
    """Return the median of each of the two."""
    return Seconds(
        statistics.median(each.wall for each in rounds), statistics.median(each.processor for each in rounds)
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Print a line for each command: the first run, then the median of the others."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument(
        'commands', nargs='*', metavar='COMMAND', default=COMMANDS, help='quoted, without `dann`'
    )
    parser.add_argument(
        '--rounds', type=int, default=5, help='runs of each command, after one that is not counted'
    )
    options = parser.parse_args(argv)
    width = max(map(len, options.commands)) + len('dann ')
    print(f'{"":{width}}  first run, wall and processor s   median of {options.rounds}')
    for command in options.commands:
        first, *rounds = [timed(command.split()) for _ in range(options.rounds + 1)]
        usual = median(rounds)
        print(
            f'{"dann " + command:{width}}  {first.wall:20.2f} {first.processor:6.2f} {usual.wall:12.2f} '
            f'{usual.processor:6.2f}',
            flush=True,
        )


if __name__ == '__main__':
    main()
