"""Scores computed again from the kept views of each evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.progress import track

from dann.benchmarks.launchers.local import one_thread
from dann.benchmarks.results import records
from dann.benchmarks.running.kept_views import kept_views, path_of
from dann.benchmarks.running.provenance import note_rescored
from dann.core.errors import UserError
from dann.core.validator import Validator, default_validators


def rescore(folders: Sequence[Path], names: Sequence[str], workers: int) -> int:
    """Add scores to the records of every complete job that kept its views, in place of those of the same name.

    Args:
        folders: Of benchmarks.
        names: Validators, by short name or dotted path. Empty for the default ones, of which a job's are scored that
            need no further pass or one that it kept.
        workers: Processes.

    Returns:
        How many evaluations were scored.

    Raises:
        UserError: No job kept its views, there is no such validator, or a job kept no pass that a named one needs.
    """
    from dann.engine.catalogue import resolve

    kinds: list[type[Validator]] = [resolve('validator', name) for name in names]
    jobs = _kept(folders)
    for job, passes in jobs.items():
        _check_needs(kinds, job, passes)
    wanted = [kinds or _scorable(passes) for passes in jobs.values()]
    context = get_context('spawn')
    with one_thread(), ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context) as pool:
        done = pool.map(_rescore_job, jobs, wanted)
        count = sum(track(done, 'scoring', len(jobs), console=Console(stderr=True), transient=True))
    for folder in {job.parent.parent for job in jobs}:
        note_rescored(folder)
    return count


def _kept(folders: Sequence[Path]) -> dict[Path, frozenset[str]]:
    """Return the folders of the jobs that kept their views, with the further passes that each kept."""
    found = {job: _passes(job) for folder in folders for job in records.job_folders(folder)}
    jobs = {job: passes for job, passes in found.items() if passes is not None}
    if not jobs:
        where = ', '.join(map(str, folders))
        raise UserError(f'no job in {where} kept its views; run the benchmark with --keep-views')
    return jobs


def _passes(job: Path) -> frozenset[str] | None:
    """Return the further passes that a job kept, by name; ``None`` where it did not keep its views whole."""
    for record in records.read(job / 'records.jsonl')[:1]:
        views = kept_views(path_of(job, record['step']))
        return None if views is None else frozenset(name.partition('.')[0] for name in views[1].extra)
    return None


def _check_needs(kinds: Sequence[type[Validator]], job: Path, passes: frozenset[str]) -> None:
    for kind in kinds:
        if lacking := set(kind.needs) - passes:
            raise UserError(
                f'{kind.__name__} needs {", ".join(sorted(lacking))}, which {job} did not keep; '
                f'run the benchmark with --keep-views and {kind.__name__} among its validators'
            )


def _scorable(passes: frozenset[str]) -> list[type[Validator]]:
    return [type(rule) for rule in default_validators() if set(rule.needs) <= passes]


def _rescore_job(job: Path, kinds: Sequence[type[Validator]]) -> int:
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
