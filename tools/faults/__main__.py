"""``python -m tools.faults``: plants faults, and prints how many were tried and survived."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from random import Random

from tools.faults import damage
from tools.faults.healthy import made

IMPORTED = ('dann.cli', 'dann.engine.experiment')  # once, for all that fork


def main(argv: Sequence[str] | None = None) -> int:
    """Plant faults; return 0 where all were survived, else 1."""
    parser = argparse.ArgumentParser(prog='python -m tools.faults', description=__doc__)
    parser.add_argument('--seed', type=int, default=int(time.time()) % 10_000, help='of all that is drawn')
    parser.add_argument('--share', type=float, default=1.0, help='of all trials, the share that is made')
    options = parser.parse_args(argv)
    os.environ['OMP_NUM_THREADS'] = '1'  # a forked process must find no thread running
    for module in IMPORTED:
        import_module(module)
    began, tried, failed = time.monotonic(), 0, list[str]()
    with tempfile.TemporaryDirectory() as folder:
        healthy = made(Path(folder) / 'healthy')
        for what, wrong in damage.trials(healthy, Path(folder) / 'work', Random(options.seed), options.share):
            tried += 1
            if wrong:
                failed.append(what)
                print(f'{what}: {wrong}', file=sys.stderr, flush=True)
    print('| faults | tried | survived |')
    print('| ------ | ----- | -------- |')
    print(f'| damaged files | {tried} | {tried - len(failed)} |')
    print(f'\nSeed {options.seed}, {(time.monotonic() - began) / 60:.0f} minutes.')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
