"""``python -m tools.faults``: plants faults, and prints how many were tried and survived."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

from tools.faults import damage, full_disk, fuzz, hostile, kills, many_jobs
from tools.faults.healthy import made
from tools.faults.tally import Tally
from tools.faults.trials import Part, Trial

PAUSE = 0.05  # seconds between two looks for results
IMPORTED = (
    'dann.cli',
    'dann.engine.experiment',
    'dann.shift.report',
    'dann.benchmarks.report.report',
    'dann.benchmarks.report.figures',
    'dann.audit.audit',
    'matplotlib.backends.backend_pdf',
    'matplotlib.backends.backend_svg',
    'matplotlib.backends.backend_agg',
    'scipy.stats',
    'sklearn.manifold',
    'sklearn.linear_model',
)  # once, for all that fork
PARTS: Mapping[str, Part] = {
    'jobs': many_jobs.trials,
    'kills': kills.trials,
    'disk': full_disk.trials,
    'fuzz': fuzz.trials,
    'hostile': hostile.trials,
    'damage': damage.trials,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Plant faults; return 0 where all were survived, else 1."""
    options = _options(argv)
    os.environ['OMP_NUM_THREADS'] = '1'  # a forked process must find no thread running
    for module in IMPORTED:
        import_module(module)
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        healthy = made(Path(folder) / 'healthy')
        trials = _drawn([trial for name in options.parts for trial in PARTS[name](healthy)], options)
        for part, what, wrong, seconds in _results(trials, Path(folder), options):
            tally.add(part, what, wrong, seconds)
    print(tally.table())
    print(f'\nSeed {options.seed}, {tally.minutes:.0f} minutes, {options.processes} processes.')
    return 1 if tally.failed.total() else 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='python -m tools.faults', description=__doc__)
    parser.add_argument('--seed', type=int, default=int(time.time()) % 10_000, help='of all that is drawn')
    parser.add_argument('--share', type=float, default=1.0, help='of all trials, the share that is made')
    parser.add_argument('--parts', nargs='+', choices=PARTS, default=[*PARTS], help='which kinds of faults')
    parser.add_argument('--processes', type=int, default=os.cpu_count() or 1, help='that plant them')
    return parser.parse_args(argv)


def _drawn(trials: Sequence[Trial], options: argparse.Namespace) -> list[Trial]:
    random = Random(options.seed)
    return [trial for trial in trials if random.random() < options.share]


def _results(
    trials: Sequence[Trial], folder: Path, options: argparse.Namespace
) -> Iterator[tuple[str, str, str, float]]:
    """Yield part, what was tried, what was wrong and its seconds, as processes that share the trials report them."""
    context = get_context('fork')  # what is imported need not be imported again
    queue, taken = context.SimpleQueue(), context.Value('i', 0)
    workers = [
        context.Process(target=_plant, args=(trials, folder / f'work-{number}', options.seed, queue, taken))
        for number in range(options.processes)
    ]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers) or not queue.empty():
        if queue.empty():
            time.sleep(PAUSE)
        else:
            yield queue.get()
    for number, worker in enumerate(workers):
        worker.join()
        if worker.exitcode:
            yield 'what plants faults', f'process {number}', f'ended with status {worker.exitcode}', 0.0


def _plant(trials: Sequence[Trial], work: Path, seed: int, queue: Any, taken: Any) -> None:
    """Make trials that no other process has taken, until none is left."""
    while (number := _next(taken)) < len(trials):
        trial, began = trials[number], time.monotonic()
        try:
            for what, wrong in trial.run(work, Random(f'{seed} {number}')):
                queue.put((trial.part, what, wrong, time.monotonic() - began))
                began = time.monotonic()
        except Exception as error:  # of the trial, not of what it tries
            queue.put((trial.part, f'trial {number}', f'{type(error).__name__}: {error}', 0.0))


def _next(taken: Any) -> int:
    with taken.get_lock():
        taken.value += 1
        number: int = taken.value - 1
    return number


if __name__ == '__main__':
    sys.exit(main())
