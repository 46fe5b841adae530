"""What a running benchmark shows: method, seed, step and time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from dann.benchmarks.launchers.local import Task
from dann.benchmarks.plan.grid import Job
from dann.core.shown import one_line, shown


class Progress:
    """A bar for the whole and one for each running job; a line per finished job where there is no terminal.

    Args:
        title: What is being run.
        jobs: Jobs to run.
        skipped: Jobs that were done before.
    """

    def __init__(self, title: str, jobs: Sequence[Job], skipped: int = 0) -> None:
        self.console = Console(file=sys.stderr)
        self.total, self.count, self.skipped = sum(job.steps for job in jobs), len(jobs), skipped
        self.title, self.finished, self.steps = shown(title), 0, dict.fromkeys((job.name for job in jobs), 0)
        self.first: dict[str, int] = {}
        self.started = time.monotonic()
        self.rich = RichProgress(
            TextColumn('{task.description}'),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn('{task.fields[left]}'),
            TimeElapsedColumn(),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self.whole = self.rich.add_task(escape(self.title), total=self.total, left='')
        self.bars: dict[str, TaskID] = {}

    def __enter__(self) -> Progress:
        done = f', {self.skipped} done before' if self.skipped else ''
        self.console.print(f'{self.title}: {self.count} jobs to run{done}', highlight=False, markup=False)
        self.rich.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.rich.stop()

    def watch(self, task: Task, event: str, value: Any) -> None:
        """Take an event of a worker."""
        job = task.job
        if event == 'note':
            self.console.print(one_line(value), highlight=False, markup=False, soft_wrap=True)
            return
        if job.name not in self.bars:
            name = f'  {job.method}, seed {job.seed}'
            self.bars[job.name] = self.rich.add_task(escape(shown(name)), total=job.steps, left='')
            self.first[job.name] = int(value) if event == 'step' else 0
        self.steps[job.name] = int(value) if event == 'step' else job.steps
        self.rich.update(self.bars[job.name], completed=self.steps[job.name])
        self.rich.update(self.whole, completed=sum(self.steps.values()), left=self.left())
        if event != 'step':
            self.finished += 1
            self.rich.remove_task(self.bars[job.name])
            self._line(job, event, value)

    def left(self) -> str:
        """Return the time left at the pace so far, counting only steps taken in this call."""
        resumed = sum(self.first.values())
        taken = sum(self.steps.values()) - resumed
        if taken <= 0:
            return ''
        seconds = (time.monotonic() - self.started) * (self.total - resumed - taken) / taken
        return f'{int(seconds // 60)}:{int(seconds % 60):02d} left'

    def _line(self, job: Job, event: str, value: Any) -> None:
        if self.console.is_terminal and event == 'done':
            return
        outcome = 'done' if event == 'done' else f'failed: {value}'
        line = f'[{self.finished}/{self.count}] {job.method}, seed {job.seed}: {outcome} ({self.left()})'
        self.console.print(one_line(line), highlight=False, markup=False, soft_wrap=True)
