"""How far a running benchmark is: jobs that are done, those that are running, and how many are planned."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dann.benchmarks.results.opened import LEFT_OUT
from dann.core.plain_yaml import plain
from dann.core.sealed import is_done
from dann.core.text_files import TextError, read_text


@dataclass(frozen=True, slots=True)
class Underway:
    """The state of a run folder.

    Args:
        done: Completed jobs.
        planned: Jobs that the benchmark asks for; 0 while it is still being prepared.
        running: What is known of each job that has begun and is neither done nor broken.
        version: Changes when a completed job, or what was asked for, does.
    """

    done: int
    planned: int
    running: tuple[str, ...]
    version: str

    @property
    def text(self) -> str:
        """The state in words."""
        if self.planned and self.done >= self.planned:
            return f'All {self.planned} jobs are done.'
        if not self.planned:
            return 'The benchmark is being prepared.'
        counted = f'{self.done} of {self.planned} jobs done'
        return f'{counted}; running: {"; ".join(self.running)}.' if self.running else f'{counted}.'


def lacking(folder: Path, used: str) -> str:
    """Return a line on the jobs of a run folder that are not done; empty where all are.

    Args:
        folder: Where ``dann benchmark`` writes.
        used: What is done with those that are, as ``ranked``.
    """
    state = underway(folder)
    if state.done >= state.planned:
        return ''
    counted = f'{folder}: {state.done} of {state.planned} jobs are done, and only these are {used}'
    return f'{counted}; run the benchmark again to finish it'


def underway(folder: Path) -> Underway:
    """Return the state of the run folder ``folder``; a folder that is still empty is no error.

    Args:
        folder: Where ``dann benchmark`` writes.
    """
    jobs = sorted(path for path in folder.glob('jobs/*') if path.is_dir())
    done = [job for job in jobs if is_done(job)]
    rest = (job for job in jobs if job not in done and not (job / 'broken').exists())
    asked = [folder / name for name in ('benchmark.yaml', 'run.json')]
    seen = [*(job.name for job in done), *(path.read_bytes() for path in asked if path.exists())]
    return Underway(
        done=len(done),
        planned=max(_planned(folder / 'benchmark.yaml'), len(done)),
        running=tuple(_running(rest)),
        version=hashlib.sha256(repr(seen).encode()).hexdigest()[:16],
    )


def _planned(path: Path) -> int:
    try:
        asked = plain(read_text(path))
        rows = [name for name in asked['methods'] if name not in asked.get(LEFT_OUT, ())]
        return len(rows) * len(asked['seeds'])
    except (OSError, TextError, KeyError, TypeError):
        return 0  # not written yet


def _running(jobs: Iterator[Path]) -> Iterator[str]:
    for job in jobs:
        try:
            last = json.loads((job / 'records.jsonl').read_text(encoding='utf-8').splitlines()[-1])
            yield f'{last["method"]}, seed {last["seed"]} (step {last["step"]} of {last["steps"]})'
        except (OSError, ValueError, IndexError, KeyError):
            yield job.name.rpartition('-')[0]  # without the hash of its configuration
