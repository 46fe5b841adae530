"""A benchmark that is killed again and again, and ends as one that never was."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random

from tools.faults.calls import Outcome
from tools.faults.healthy import BENCHMARK, LIMIT, Place, without_figures
from tools.faults.same import difference
from tools.faults.startup.sitecustomize import install
from tools.faults.trials import Result, Trial

TIMES, OPERATIONS = 7, 14  # benchmarks that are killed at random times, and before operations
MOST_KILLS = 10  # of each
LATEST = 7.0  # seconds; about what the benchmark takes
MOST_OPERATIONS = 60
STARTUP = Path(__file__).parent / 'startup'


def trials(healthy: Place) -> Sequence[Trial]:
    """Return benchmarks that are killed at random times, and before random operations on files."""
    at_times = Trial('killed at a random time', partial(_killed_at_times, healthy))
    at_operations = Trial('killed before a file operation', partial(_killed_at_operations, healthy))
    return [at_times] * TIMES + [at_operations] * OPERATIONS


def _killed_at_times(healthy: Place, work: Path, random: Random) -> Iterator[Result]:
    place, kills = healthy.copied(work, 'run', 'cache'), list[str]()
    while len(kills) < MOST_KILLS:
        seconds, parent_only = random.uniform(0.05, LATEST), random.random() < 0.3
        running = place.begun(*BENCHMARK, prepared=without_figures)
        if running.waited(seconds) is not None:
            break
        kills.append(f'killed after {seconds:.2f} s{", the parent only" if parent_only else ""}')
        if parent_only:
            os.kill(running.pid, signal.SIGKILL)
            os.waitpid(running.pid, 0)
        else:
            running.kill()
    yield from _ended(kills, place, healthy)


def _killed_at_operations(healthy: Place, work: Path, random: Random) -> Iterator[Result]:
    place, kills = healthy.copied(work, 'run', 'cache'), list[str]()
    while len(kills) < MOST_KILLS:
        fault = f'{random.choice(("worker", "parent"))} {random.choice(("group", "itself"))} '
        fault += str(random.randint(1, MOST_OPERATIONS))
        outcome = _until_killed(place, fault)
        if outcome.status == 0:
            break
        kills.append(f'killed: {fault}')
        if outcome.status != -signal.SIGKILL and outcome.wrong:
            yield '; '.join(kills), outcome.wrong
            return
    yield from _ended(kills, place, healthy)


def _until_killed(place: Place, fault: str) -> Outcome:
    """Run the benchmark, which is killed where it comes to the operation; where a worker is, the parent says so."""
    path = os.pathsep.join([str(STARTUP), os.environ.get('PYTHONPATH', '')])
    running = place.begun(*BENCHMARK, prepared=_prepared, DANN_FAULT=fault, PYTHONPATH=path)
    return running.outcome(LIMIT)


def _prepared() -> None:
    without_figures()
    install('parent')


def _ended(kills: Sequence[str], place: Place, healthy: Place) -> Iterator[Result]:
    """Run it to its end; every kill before is survived where the folder is as one that was never killed."""
    outcome = place.call(*BENCHMARK, prepared=without_figures)
    wrong = outcome.wrong or (outcome.said if outcome.status else difference(place.run, healthy.run))
    for number in range(len(kills)):
        yield '; '.join(kills[: number + 1]), wrong
