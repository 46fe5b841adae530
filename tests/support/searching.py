"""Searches over the toy benchmark whose runs only leave records."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from benchmarks_fake import record
from harness import configuration

from dann.benchmarks.plan.grid import Benchmark, benchmark, digest
from dann.benchmarks.results.records import append
from dann.core.sealed import sums_of
from dann.search.loop import RowSearch, search
from dann.search.plan import Plan, plan

ROWS: dict[str, Any] = {
    'source_only': {},
    'mmd': {'alignment': 'MMD'},
    'fda+dann': {'style': 'FDA', 'alignment': {'class_path': 'DANN', 'init_args': {'entropy': True}}},
    'target_supervised': {'reference': True},
}


def asked(rows: Mapping[str, Any] = ROWS, **changes: Any) -> Plan:
    """The plan of a search over the toy benchmark."""
    budget: dict[str, Any] = {
        'trials': 6,
        'seeds': 2,
        'sampler': 'random',
        'seed': 0,
        'rule': 'val/infomax',
    } | changes
    return plan(benchmark('toy', configuration(methods=deepcopy(dict(rows)))), **budget)


class Runner:
    """Leaves the records of a run whose score is a function of its configuration.

    Args:
        oracle: Factor on what target labels say, which must change nothing.
        stop: Jobs after which it is interrupted.
        broken: Whether the numbers of a job break.
        fails: Whether a job fails in another way.
    """

    def __init__(self, oracle: float = 1.0, stop: int = 10**6, broken: Any = None, fails: Any = None) -> None:
        self.oracle, self.stop, self.broken, self.fails = oracle, stop, broken, fails
        self.ran: list[str] = []

    def __call__(self, grid: Benchmark, folder: Path) -> dict[str, str]:
        failed = {}
        for job in grid.jobs():
            run = folder / 'jobs' / job.name
            if (run / 'done').exists():
                continue
            if len(self.ran) == self.stop:
                raise KeyboardInterrupt
            self.ran.append(job.name)
            if self.fails and self.fails(job):
                failed[job.name] = 'no memory'
                continue
            run.mkdir(parents=True)
            value = int(digest([job.config['model'], job.seed]), 16) % 1000 / 1000
            for step in (10, 20):
                scores = {
                    'val/infomax': value - step / 1e4,
                    'oracle/target_val_accuracy': self.oracle * value,
                    'oracle/target_test_accuracy': 1 - self.oracle * value,
                }
                each = record(job.method, job.seed, step, scores=scores, seconds=step, steps=20)
                append(run / 'records.jsonl', each)
            if self.broken and self.broken(job):
                (run / 'broken').write_text('loss/x became nan\n')
            else:
                (run / 'done').write_text(sums_of(run))
        return failed


def found(asked_for: Plan, folder: Path, runner: Runner | None = None, check: Any = None) -> list[RowSearch]:
    """What a search with a fake runner finds."""
    return search(asked_for, folder, runner or Runner(), check or (lambda _: ''))


def summary(rows: list[RowSearch]) -> Any:
    """What must be equal where two searches are."""
    return [[(each.trial.values, each.scores, each.failed) for each in row.outcomes] for row in rows]
