"""Which file of weights a run, a job or a checkpoint stands for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from dann.core.errors import UserError, unknown
from dann.core.sealed import was_left
from dann.engine.saved import CHOSEN, WEIGHTS
from dann.reporting.notation import BASELINE

CHECKPOINTS = 'checkpoints'
Jobs: TypeAlias = dict[tuple[str, int], Path]  # by row and seed


def weights_of(place: str | Path, method: str | None = None, seed: int | None = None) -> Path:
    """Return the file of weights that a path names.

    A file is itself; of a run of ``dann fit`` it is the best checkpoint, and the last one where there is no best; of a
    job of a benchmark the chosen weights; of a benchmark the job of ``method`` with the lowest seed.

    Args:
        place: A file, a folder of ``dann fit``, of a job, or of ``dann benchmark``.
        method: Row of the benchmark; may be left out where only one row is adapted.
        seed: Of the benchmark's job.

    Raises:
        UserError: There is no such file, or several rows to choose from.
    """
    path = Path(place).expanduser()
    if not path.exists():
        raise UserError(
            f'there is no {path}; name a checkpoint, or a folder of `dann fit` or `dann benchmark`'
        )
    found = path if path.is_file() else _of_job(path) or _of_fit(path)
    if found is None:
        return _of_benchmark(path, method, seed)
    if method is not None or seed is not None:
        raise UserError(
            f'{path} is one model, with no rows and seeds to choose from; leave method and seed out'
        )
    return found


def weights_of_seeds(place: str | Path, method: str | None = None) -> list[Path]:
    """Return the files of weights of all seeds of a benchmark's row, the lowest first; of one model its own.

    Without ``method`` the row is source-only where the benchmark has it: what is deployed before anything is adapted.

    Args:
        place: As ``weights_of`` takes it.
        method: Row of the benchmark.

    Raises:
        UserError: There is no such file, or several rows to choose from.
    """
    jobs = _jobs(Path(place).expanduser())
    if not jobs:
        return [weights_of(place, method)]
    rows = _rows(jobs)
    chosen = _chosen(jobs, method, [BASELINE] if BASELINE in rows else rows, '--row')
    return [weights_of(jobs[each]) for each in sorted(jobs) if each[0] == chosen]


def _of_job(folder: Path) -> Path | None:
    """Return the chosen weights of a job, or those of the last step; raise where it has left some that are gone."""
    return next((folder / name for name in (CHOSEN, WEIGHTS) if was_left(folder / name)), None)


def _of_fit(run: Path) -> Path | None:
    folder = run / CHECKPOINTS if (run / CHECKPOINTS).is_dir() else run
    found = sorted(folder.glob('*.ckpt'), key=lambda path: path.stat().st_mtime)
    best = [path for path in found if path.name.startswith('best')]
    return next(reversed(best or found), None)


def _of_benchmark(folder: Path, method: str | None, seed: int | None) -> Path:
    jobs = _jobs(folder)
    if not jobs:
        raise UserError(
            f'{folder} holds no trained network; name a checkpoint, or a folder of `dann benchmark`'
        )
    rows = _rows(jobs)
    adapted = [name for name in rows if name not in (BASELINE, 'target_supervised')] or rows
    chosen = _chosen(jobs, method, adapted, '--method')
    seeds = sorted(number for name, number in jobs if name == chosen)
    if seed is not None and seed not in seeds:
        raise UserError(
            f'{chosen} in {folder} has the seeds {", ".join(map(str, seeds))}, not {seed}; choose one'
        )
    return weights_of(jobs[chosen, seeds[0] if seed is None else seed])


def _rows(jobs: Jobs) -> list[str]:
    return list(dict.fromkeys(name for name, _ in jobs))


def _chosen(jobs: Jobs, method: str | None, default: Sequence[str], option: str) -> str:
    """Return the row that is meant: ``method``, or the one of ``default``."""
    if method is not None:
        if method not in _rows(jobs):
            raise unknown('row', method, _rows(jobs))
        return method
    if len(default) > 1:
        folder = next(iter(jobs.values())).parents[1]
        raise UserError(
            f'{folder} has several rows; choose one with {option}, or method=... in Python: {", ".join(default)}'
        )
    return default[0]


def _jobs(folder: Path) -> Jobs:
    """Return the jobs that are done, by row and seed, the benchmark's rows in the order of their names."""
    found: Jobs = {}
    for done in sorted(folder.glob('jobs/*/done')):
        row, _, rest = done.parent.name.rpartition('-seed')
        number = rest.partition('-')[0]
        if row and number.isdecimal():
            found[row, int(number)] = done.parent
    return found
