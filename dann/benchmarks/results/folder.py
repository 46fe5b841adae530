"""A benchmark's folder, read whole: what was asked for, what ran, and what each job left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import yaml
from numpy.typing import NDArray

from dann.benchmarks.results.records import Record, job_folders, read
from dann.core.errors import RunError, UserError

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Folder:
    """The results of one benchmark.

    Args:
        path: Where they are.
        benchmark: What was asked for, the contents of ``benchmark.yaml``.
        run: How it ran, the contents of ``run.json``; empty where there is none.
        jobs: Records of each completed job, by the job's folder.
    """

    path: Path
    benchmark: dict[str, Any]
    run: dict[str, Any]
    jobs: dict[Path, list[Record]]

    @cached_property
    def records(self) -> list[Record]:
        """The records of all jobs."""
        return [record for records in self.jobs.values() for record in records]

    def leftovers(self, method: str, name: str) -> list[Path]:
        """Files called ``name`` in the jobs of the row ``method``, by seed."""
        found = [
            (records[0]['seed'], job / name)
            for job, records in self.jobs.items()
            if records[0]['method'] == method and (job / name).exists()
        ]
        return [path for _, path in sorted(found)]


def open_folder(path: Path) -> Folder:
    """Return the results under ``path``.

    Raises:
        UserError: This is not a benchmark's folder, or no job is complete.
        RunError: A file in it is corrupt.
    """
    jobs = {job: read(job / 'records.jsonl') for job in job_folders(path)}
    for job, records in jobs.items():
        if not records:
            msg = f'{job / "records.jsonl"} is empty; delete {job} and run the benchmark again'
            raise RunError(msg)
    benchmark = _mapping(path / 'benchmark.yaml')
    run = _mapping(path / 'run.json') if (path / 'run.json').exists() else {}
    return Folder(path, benchmark, run, jobs)


def load_arrays(path: Path, expected: Sequence[str]) -> Arrays:
    """Return the arrays in the ``.npz`` file at ``path``, which must have those ``expected``."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: np.asarray(file[name]) for name in file.files}
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise _broken(path, str(error)) from error
    if missing := [name for name in expected if name not in arrays]:
        raise _broken(path, f'expected an array {missing[0]!r}, got {", ".join(arrays)}')
    return arrays


def load_array(path: Path) -> NDArray[Any]:
    """Return the array in the ``.npy`` file at ``path``."""
    try:
        return np.asarray(np.load(path, allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise _broken(path, str(error)) from error


def _broken(path: Path, reason: str) -> RunError:
    return RunError(f'cannot read {path} ({reason}); delete {path.parent} and run the benchmark again')


def _mapping(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding='utf-8')
        value = json.loads(text) if path.suffix == '.json' else yaml.safe_load(text)
    except OSError as error:
        msg = f'cannot read {path} ({error.strerror}); expected a folder that `dann benchmark` has written'
        raise UserError(msg) from error
    except (ValueError, yaml.YAMLError) as error:
        msg = f'{path} is not valid: {error}; run the benchmark again to have it rewritten'
        raise RunError(msg) from error
    if not isinstance(value, dict):
        msg = f'expected names and values in {path}, got {type(value).__name__}; run the benchmark again'
        raise RunError(msg)
    return value
