"""Runs the jobs of a benchmark that a folder does not hold yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from dann.benchmarks.launchers.local import Task, run_all, start_workers
from dann.benchmarks.plan.grid import Benchmark, Job
from dann.benchmarks.results.opened import LEFT_OUT, read_asked
from dann.benchmarks.running.prepare import Prepared, prepare
from dann.benchmarks.running.progress import Progress
from dann.benchmarks.running.provenance import Provenance, is_settled
from dann.core.drafted import remove_left
from dann.core.errors import RunError, UserError
from dann.core.locking import locked
from dann.core.sealed import CHECKPOINT, JOBS, is_done
from dann.core.shown import shown
from dann.core.stamped import stamped
from dann.reporting.files import write_whole
from dann.reporting.saying import say


def run(
    benchmark: Benchmark,
    folder: Path,
    *,
    workers: int,
    loggers: Sequence[str],
    command: str,
    keep_views: bool = False,
) -> dict[str, str]:
    """Train every job of ``benchmark`` that is not done in ``folder``.

    Args:
        benchmark: What to run.
        folder: Where results are kept.
        workers: Processes, at most.
        loggers: Names of loggers, in addition to CSV.
        command: As the user typed it, for ``run.json``.
        keep_views: Keep features and predictions of both validation splits at every evaluation.

    Returns:
        Why each job that failed did, by name.

    Raises:
        UserError: The folder cannot be written or holds another configuration, or a logger cannot be used.
    """
    from dann.engine.loggers import check_loggers

    _make(folder)
    with locked(folder):
        remove_left(folder)  # a run that finds nothing to do writes nothing, and so would leave them
        claim = _claim(benchmark, folder)
        jobs = benchmark.jobs()
        todo = _missing(jobs, folder, claim.get(LEFT_OUT, ()))
        if not todo and is_settled(folder):
            write_changed(folder / 'benchmark.yaml', claim)
            return {}
        check_loggers(loggers)
        with start_workers(min(workers, len(todo))) as pool, Provenance(folder, command) as provenance:
            ready = prepare(benchmark, todo or jobs, folder)  # all are done where `run.json` is to be mended
            write_changed(folder / 'benchmark.yaml', _leave_out(claim, ready))
            provenance.begin(ready.manifests)
            if not todo:
                return {}
            able = [job for job in todo if job.name in ready.identities]
            tasks = [
                Task(
                    job,
                    folder / JOBS / job.name,
                    ready.identities[job.name],
                    list(loggers),
                    keep_views,
                    benchmark.select,
                )
                for job in able
            ]
            with Progress(benchmark.title, able, skipped=len(jobs) - len(todo)) as progress:
                provenance.failed = ready.refused | run_all(tasks, pool, progress.watch)
        return provenance.failed


def _missing(jobs: Sequence[Job], folder: Path, left_out: Sequence[str]) -> list[Job]:
    """Return the jobs that are to be run; of the others, remove the checkpoint that a killed worker left."""
    missing = []
    for job in jobs:
        if not is_done(folder / JOBS / job.name):
            missing.append(job)
        else:
            (folder / JOBS / job.name / CHECKPOINT).unlink(missing_ok=True)
    return [job for job in missing if job.method not in left_out]


def _leave_out(claim: dict[str, Any], ready: Prepared) -> dict[str, Any]:
    """Say which rows are not run, and add them to the contents of ``benchmark.yaml``."""
    for why in ready.left_out.values():
        print(shown(f'left out: {why}'))
    rows = list(dict.fromkeys([*claim.get(LEFT_OUT, ()), *ready.left_out]))
    return claim | ({LEFT_OUT: rows} if rows else {})


def _make(folder: Path) -> None:
    try:
        (folder / 'jobs').mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f'cannot write {folder} ({error.strerror}); pass --out with a folder you can write'
        raise UserError(msg) from error


def _claim(benchmark: Benchmark, folder: Path) -> dict[str, Any]:
    """Return the contents of ``benchmark.yaml``: rows and seeds of this call, and of earlier ones that are done."""
    now, done = benchmark.description, any(folder.glob('jobs/*/done'))
    if not (path := folder / 'benchmark.yaml').exists():
        return now
    try:
        before = read_asked(folder)
    except RunError as error:
        why = str(error).partition(';')[0]
        if not done:
            raise UserError(f'{why}; move it away, or pass --out with another folder') from error
        say(f'{why}; written again as this call asks for it')
        return now
    if 'protocol' not in before:
        raise UserError(f'{path} is not of a run of `dann benchmark`; pass --out with another folder')
    return _merge(before, now, folder) if done else now


def write_changed(path: Path, content: dict[str, Any]) -> None:
    """Write YAML, unless the file holds it already: a report is out of date when a file is newer."""
    data = yaml.safe_dump(stamped(content), sort_keys=False).encode()
    if not path.exists() or path.read_bytes() != data:
        write_whole(path, data)


def _merge(before: dict[str, Any], now: dict[str, Any], folder: Path) -> dict[str, Any]:
    protocol = before.get('protocol', {})
    for key in {**now['protocol'], **protocol}:
        there, value = protocol.get(key), now['protocol'].get(key)
        if there != value:
            detail = f' ({there} there, {value} here)' if not isinstance(value or there, dict) else ''
            raise UserError(
                f'{folder} holds runs with another `{key}`{detail}; pass --out with another folder'
            )
    for name, row in now['methods'].items():
        if before['methods'].get(name, row) != row and any(folder.glob(f'jobs/{name}-seed*/done')):
            raise UserError(
                f'{folder} holds another method {name!r}; rename one, or pass --out with another folder'
            )
    methods = before['methods'] | now['methods']
    left_out = {LEFT_OUT: before[LEFT_OUT]} if LEFT_OUT in before else {}
    return now | {'methods': methods, 'seeds': sorted({*before['seeds'], *now['seeds']})} | left_out
