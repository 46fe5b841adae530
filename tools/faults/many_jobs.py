"""Five hundred tiny jobs: memory and open files stay what they are, and a report takes time by the number of jobs."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import yaml

from tools.faults.calls import Running
from tools.faults.healthy import Place, configuration
from tools.faults.trials import Result, Trial

JOBS, ROWS, LIMIT = 500, 10, 900.0
COMMAND = ('benchmark', 'many.yaml', '--out', 'many')
MORE_MEMORY, MORE_FILES = 1.2, 4  # allowed in the last quarter, over the second
SLOPE = 2.6  # allowed of the time of a report on all jobs, over one on half of them

Held = tuple[int, int]  # memory in KiB, open files


def trials(healthy: Place) -> Sequence[Trial]:
    """Return one trial; on Linux alone, whose /proc tells what a process holds."""
    if not Path('/proc/self/fd').exists():
        print('500 jobs: not tried, as this system has no /proc', file=sys.stderr)
        return []
    return [Trial('500 jobs', partial(_many, healthy))]


def _many(healthy: Place, work: Path, _: Random) -> Iterator[Result]:
    place = healthy.copied(work, 'run', 'cache')
    rows: dict[str, Any] = {'source_only': {}} | {
        f'dann{number}': {'alignment': 'DANN'} for number in range(1, ROWS)
    }
    asked = configuration() | {'seeds': JOBS // ROWS, 'steps': 1, 'evaluations': 1, 'methods': rows}
    (work / 'many.yaml').write_text(yaml.safe_dump(asked, sort_keys=False), encoding='utf-8')
    running = place.begun(*COMMAND)
    held, status = _watched(running)
    outcome = running.told(status)
    yield 'the run', outcome.wrong or (outcome.said if outcome.status else '')
    early, late = (_most(held[len(held) * part // 4 : len(held) * (part + 1) // 4]) for part in (1, 3))
    yield f'memory, {early[0]:,} KiB and {late[0]:,} at the end', _grows(late[0], early[0] * MORE_MEMORY)
    yield f'open files, {early[1]:,} and {late[1]:,} at the end', _grows(late[1], early[1] + MORE_FILES)
    yield from _reports(place)


def _watched(running: Running) -> tuple[list[Held], int | None]:
    """Return what the command and its workers held, twice a second, and its exit status."""
    held, deadline = list[Held](), time.monotonic() + LIMIT
    while (status := running.waited(0.5)) is None and time.monotonic() < deadline:
        each = [_held(process) for process in _group(running.pid)]
        held.append((sum(memory for memory, _ in each), sum(files for _, files in each)))
    if status is None:
        running.kill()
    return held, status


def _group(leader: int) -> list[Path]:
    """Return the processes of a group, as folders of /proc."""
    found = []
    for process in Path('/proc').glob('[0-9]*'):
        with suppress(OSError):
            if os.getpgid(int(process.name)) == leader:
                found.append(process)
    return found


def _held(process: Path) -> Held:
    try:
        lines = (process / 'status').read_text(encoding='ascii').splitlines()
        memory = next((int(line.split()[1]) for line in lines if line.startswith('RssAnon')), 0)
        return memory, sum(1 for _ in (process / 'fd').iterdir())
    except OSError:  # it has just ended
        return 0, 0


def _most(held: Sequence[Held]) -> Held:
    return max(memory for memory, _ in held), max(files for _, files in held)


def _grows(late: float, allowed: float) -> str:
    return f'grows beyond {allowed:,.0f}' if late > allowed else ''


def _reports(place: Place) -> Iterator[Result]:
    """Time what reads every record, on all jobs and on half of them."""
    whole = _seconds(place)
    for job in sorted(place.root.glob('many/jobs/*'))[::2]:
        shutil.rmtree(job)
    half = _seconds(place)
    yield f'validators, {half:.1f} s for half and {whole:.1f} s for all', _grows(whole, half * SLOPE)


def _seconds(place: Place) -> float:
    began = time.monotonic()
    outcome = place.call('validators', 'many', '--json')
    if outcome.wrong or outcome.status:
        raise RuntimeError(outcome.said)
    return time.monotonic() - began
