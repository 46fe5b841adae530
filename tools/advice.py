"""Measures ``dann advise`` on the built-in pairs: a short trial with some labels of each class, then full training.

``python -m tools.advice --out DIR`` runs the commands of ``PAIRS``, and stopped and called again continues.
``python -m tools.documents --results DIR`` then writes the page and the package's ``measured.json``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dann.advising.measured import LABELS, STEPS
from dann.cli import main as dann

TRIED = ('--labels', str(LABELS), '--steps', str(STEPS), '--confirm')
PAIRS: tuple[tuple[str, ...], ...] = (
    ('day-to-night-scratch',),
    ('sim-to-real-scratch',),
    ('day-to-night-scratch', '--halves', 'source'),
    ('sim-to-real-scratch', '--halves', 'source'),
    ('day-to-night-scratch', '--severity', '0'),
    ('day-to-night-scratch', '--severity', '1'),
    ('day-to-night',),
    ('sim-to-real',),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the commands one after another; return the status of the first that failed."""
    parser = argparse.ArgumentParser(prog='python -m tools.advice', description=__doc__)
    parser.add_argument(
        '--out', type=Path, default=Path('runs/advice'), metavar='DIR', help='folder of the runs'
    )
    parser.add_argument('--workers', type=int, default=1, metavar='N', help='processes; 1 by default')
    options = parser.parse_args(argv)
    for pair in PAIRS:
        place = options.out / folder(pair)
        if (place / 'advice.json').exists():
            continue
        command = ['advise', *pair, *TRIED, '--workers', str(options.workers), '--out', str(place)]
        if status := dann(command):
            return status
    return 0


def folder(pair: Sequence[str]) -> str:
    """Return the name of a pair's folder."""
    return '-'.join(part.removeprefix('--') for part in pair)


if __name__ == '__main__':
    sys.exit(main())
