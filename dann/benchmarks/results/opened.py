"""A run folder, read whole and once: what was asked for, how it ran, and the records of each job."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from dann.benchmarks.results.candidates import with_ensemble
from dann.benchmarks.results.records import Record, job_folders, read_done
from dann.core.errors import RunError, UserError
from dann.core.plain_yaml import plain
from dann.core.sealed import was_left
from dann.core.stamped import unstamped
from dann.core.text_files import TextError, read_text

LEFT_OUT = 'left_out'  # the key of `benchmark.yaml` that lists rows which cannot be run without target labels


@dataclass(frozen=True)
class Results:
    """The results of one benchmark. ``Results.open`` reads them; nothing is read from the folder again.

    Args:
        path: The run folder.
        benchmark: What was asked for, the contents of ``benchmark.yaml``.
        run: How it ran, the contents of ``run.json``; empty where there is none.
        jobs: Records of each completed job, by the job's folder.

    Example:
        ``Results.open('runs/day-to-night').records`` lists every evaluation of every completed job.
    """

    path: Path
    benchmark: dict[str, Any]
    run: dict[str, Any]
    jobs: dict[Path, list[Record]]

    @classmethod
    def open(cls, folder: str | Path) -> Results:
        """Read the run folder ``folder``, each file once.

        Raises:
            UserError: This is not a benchmark's folder, or no job is complete.
            RunError: A file in it is corrupt.
        """
        path = Path(folder)
        jobs = {job: read_done(job) for job in job_folders(path)}
        benchmark = read_asked(path)
        run = _mapping(path / 'run.json') if (path / 'run.json').exists() else {}
        return cls(path, benchmark, run, jobs)

    @cached_property
    def records(self) -> list[Record]:
        """The records of all jobs."""
        return [record for records in self.jobs.values() for record in records]

    @cached_property
    def unlabelled(self) -> bool:
        """Whether the target has no labels, so that nothing was measured on it."""
        return any(record.get('unlabelled', False) for record in self.records)

    @cached_property
    def with_ensemble(self) -> list[Record]:
        """The same records with the score ``val/ensv``, which needs the predictions of all candidates at once."""
        return with_ensemble(self.jobs)

    def leftovers(self, method: str, name: str) -> list[Path]:
        """Return the files called ``name`` in the jobs of the row ``method``, ordered by seed."""
        return [path for _, path in sorted(self.by_seed(method, name).items())]

    def by_seed(self, method: str, name: str) -> dict[int, Path]:
        """Return the files called ``name`` in the jobs of the row ``method``, by seed."""
        return {
            records[0]['seed']: job / name
            for job, records in self.jobs.items()
            if records[0]['method'] == method and was_left(job / name)
        }


def suite_folders(root: str | Path) -> list[Path]:
    """Return the run folders in the folder of a suite that have a completed job, by name; none in any other folder."""
    root = Path(root)
    if (root / 'benchmark.yaml').exists():
        return []
    return sorted(
        path.parent for path in root.glob('*/benchmark.yaml') if any(path.parent.glob('jobs/*/done'))
    )


def read_asked(folder: Path) -> dict[str, Any]:
    """Return what was asked for, the contents of ``benchmark.yaml``.

    Raises:
        UserError: There is no such file.
        RunError: It is damaged, or not what a benchmark writes, so that another table would be made of it.
    """
    path = folder / 'benchmark.yaml'
    benchmark = _mapping(path)
    for key, kind in {'name': str, 'title': str, 'select': str, 'methods': dict, 'seeds': list}.items():
        if not isinstance(benchmark.get(key), kind):
            raise RunError(
                f'{path} has no `{key}`, which `dann benchmark` writes; run the benchmark again to have it rewritten'
            )
    return benchmark


def _mapping(path: Path) -> dict[str, Any]:
    try:
        text = read_text(path)
        value = json.loads(text) if path.suffix == '.json' else plain(text)
    except OSError as error:
        msg = f'cannot read {path} ({error.strerror}); expected a folder that `dann benchmark` has written'
        raise UserError(msg) from error
    except (ValueError, RecursionError, TextError) as error:
        why = ' '.join(str(error).split())[:200]
        msg = f'{path} is not valid: {why}; run the benchmark again to have it rewritten'
        raise RunError(msg) from error
    if not isinstance(value, dict):
        msg = f'{path} holds no names and values ({type(value).__name__}); run the benchmark again'
        raise RunError(msg)
    return unstamped(value, path)
