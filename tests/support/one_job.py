"""One job of toy data, run in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness import configuration

from dann.benchmarks.plan.grid import Job, benchmark
from dann.benchmarks.running.job import run_job
from dann.engine.loggers import quiet


def toy_job(**changes: Any) -> Job:
    """The first job of a benchmark of toy data; ``changes`` go into what it asks for."""
    return benchmark('toy', configuration(**changes)).jobs()[0]


def run(job: Job, folder: Path, say: Callable[[str], None] = print) -> None:
    """Run a job in this process."""
    quiet()
    identity = {
        'format': 1,
        'benchmark': 'toy',
        'method': job.method,
        'seed': job.seed,
        'family': 'reference',
        'uses_target_labels': False,
        'source': 'a',
        'target': 'b',
        'steps': job.steps,
        'run': job.name,
        'protocol': job.protocol,
    }
    run_job(job, folder, identity, names=[], report=lambda step: None, say=say)


def records(folder: Path) -> list[dict[str, Any]]:
    """What a job has recorded, but the seconds."""
    lines = [json.loads(line) for line in (folder / 'records.jsonl').read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != 'seconds'} for line in lines]
