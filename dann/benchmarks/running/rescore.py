"""Scores computed again from what was kept of each evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from dann.benchmarks.launchers.local import one_thread
from dann.benchmarks.results import records
from dann.benchmarks.running.kept_views import kept_views, path_of
from dann.benchmarks.running.provenance import note_rescored
from dann.core.errors import UserError


def rescore(folders: Sequence[Path], names: Sequence[str], workers: int) -> int:
    """Add scores to the records of every complete job that kept its views, in place of those of the same name.

    Args:
        folders: Of benchmarks.
        names: Validators, by short name or dotted path; empty for all there are.
        workers: Processes.

    Returns:
        How many evaluations were scored.

    Raises:
        UserError: No job kept its views, or there is no such validator.
    """
    from dann.engine.catalogue import resolve

    kinds = [resolve('validator', name) for name in names] or every_validator()
    jobs = [job for folder in folders for job in records.job_folders(folder) if _kept(job)]
    if not jobs:
        where = ', '.join(map(str, folders))
        raise UserError(f'no job in {where} kept its views; run the benchmark with --keep-views')
    context = get_context('spawn')
    with one_thread(), ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context) as pool:
        done = pool.map(_rescore_job, jobs, [kinds] * len(jobs))
        count = sum(track(done, 'scoring', len(jobs), console=Console(stderr=True), transient=True))
    for folder in {job.parent.parent for job in jobs}:
        note_rescored(folder)
    return count


def every_validator() -> list[type[Any]]:
    """Return the class of every validator there is."""
    from dann.core.registry import registered
    from dann.validators import Validator

    return list(registered(Validator, 'dann.validators').values())


def _kept(job: Path) -> bool:
    return all(kept_views(path_of(job, record['step'])) for record in records.read(job / 'records.jsonl')[:1])


def _rescore_job(job: Path, kinds: Sequence[type[Any]]) -> int:
    import torch

    torch.set_num_threads(1)
    rules = [kind() for kind in kinds]
    found = records.read(job / 'records.jsonl')
    scored = 0
    for record in found:
        views = kept_views(path_of(job, record['step']))
        if views is not None:
            record['scores'] |= {f'val/{rule.name}': rule.score(*views) for rule in rules}
            scored += 1
    records.rewrite(job / 'records.jsonl', found)
    return scored
