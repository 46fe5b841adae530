"""Runs what is missing of a benchmark, then writes its table and report."""

from __future__ import annotations

import io
import json
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from dann.benchmarks.files import write_whole
from dann.benchmarks.grid import Benchmark, Job, class_path
from dann.benchmarks.progress import Progress
from dann.benchmarks.workers import Task, hire, run_all
from dann.errors import RunError, UserError, unknown

PACKAGES = ('dann', 'torch', 'pytorch-lightning', 'torchmetrics', 'scikit-learn', 'numpy', 'jsonargparse')


def run(
    benchmark: Benchmark, folder: Path, *, workers: int, loggers: Sequence[str], command: str
) -> dict[str, str]:
    """Train every job of ``benchmark`` that is not done in ``folder``.

    Returns:
        What failed: job name to reason.

    Raises:
        UserError: The folder cannot be written, or holds another configuration.
    """
    _claim(benchmark, folder)
    jobs = benchmark.jobs()
    todo = [job for job in jobs if not (folder / 'jobs' / job.name / 'done').exists()]
    failed: dict[str, str] = {}
    started, clock = datetime.now(UTC), time.monotonic()
    if todo:
        with hire(min(workers, len(todo))) as crew:
            identities, manifests = _prepare(benchmark, todo, folder)
            tasks = [
                Task(job, folder / 'jobs' / job.name, identities[job.name], list(loggers)) for job in todo
            ]
            with Progress(benchmark.title, todo, skipped=len(jobs) - len(todo)) as progress:
                failed = run_all(tasks, crew, progress.watch)
        minutes = (time.monotonic() - clock) / 60
        _describe(folder, command, started, minutes, manifests, failed)
    return failed


def _claim(benchmark: Benchmark, folder: Path) -> None:
    """Write ``benchmark.yaml``, adding to the rows and seeds that an earlier call left there."""
    path = folder / 'benchmark.yaml'
    mine = describe(benchmark)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        theirs = yaml.safe_load(path.read_text()) if path.exists() else None
        if isinstance(theirs, dict):
            mine = _merge(theirs, mine, folder)
        if mine != theirs:
            write_whole(path, yaml.safe_dump(mine, sort_keys=False).encode())
    except (OSError, RunError) as error:
        raise UserError(f'cannot write {folder} ({error}); pass --out with a folder you can write') from error
    except yaml.YAMLError as error:
        raise UserError(f'{path} is damaged; delete it, or pass --out with another folder') from error


def describe(benchmark: Benchmark) -> dict[str, Any]:
    """Return what ``benchmark.yaml`` holds."""
    keys = ('name', 'title', 'select', 'steps', 'seeds', 'methods', 'model', 'data', 'trainer', 'published')
    described = {key: getattr(benchmark, key) for key in keys} | {'epochs': benchmark.epochs}
    described['protocol'] = benchmark.protocol
    round_trip: dict[str, Any] = json.loads(json.dumps(described))
    return round_trip


def _merge(theirs: dict[str, Any], mine: dict[str, Any], folder: Path) -> dict[str, Any]:
    for key, value in mine['protocol'].items():
        if theirs.get('protocol', {}).get(key) != value:
            there = theirs.get('protocol', {}).get(key)
            detail = f' ({there} there, {value} here)' if not isinstance(value, dict) else ''
            raise UserError(
                f'{folder} holds runs with another `{key}`{detail}; pass --out with another folder'
            )
    for name, row in mine['methods'].items():
        if theirs['methods'].get(name, row) != row:
            raise UserError(
                f'{folder} holds another method {name!r}; rename one, or pass --out with another folder'
            )
    methods = theirs['methods'] | mine['methods']
    return mine | {'methods': methods, 'seeds': sorted({*theirs['seeds'], *mine['seeds']})}


def _prepare(
    benchmark: Benchmark, jobs: list[Job], folder: Path
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Check every configuration and draw the data before the first job starts."""
    from dann.experiment import ExperimentCLI, quiet, resolve  # torch and Lightning take seconds to import

    quiet()

    families: dict[str, str] = {}
    for row in benchmark.methods.values():
        for kind in ('alignment', 'style'):
            if path := class_path(row.get(kind)):
                families[path] = resolve(kind, path).family
    experiments = {job.method: ExperimentCLI(_quiet(job.config), run=False) for job in jobs}
    rules = [f'val/{validator.name}' for validator in next(iter(experiments.values())).model.validators]
    if benchmark.select not in rules:
        raise unknown('selection rule', benchmark.select, rules)
    pairs = {method: experiment.datamodule for method, experiment in experiments.items()}
    manifests: dict[str, Any] = {}
    for pair in pairs.values():
        pair.prepare_data()
        if not pair.reference:
            pair.setup()
            _leave_contact_sheet(folder, pair.target.contact_sheet())
            manifests |= {'source': pair.source.manifest(), 'target': pair.target.manifest()}
    identities = {}
    for job in jobs:
        pair = pairs[job.method]
        identities[job.name] = {
            'format': 1,
            'benchmark': benchmark.name,
            'method': job.method,
            'family': benchmark.family(job.method, families),
            'uses_target_labels': pair.reference,
            'source': pair.source.name,
            'target': pair.target.name,
            'manifests': {
                'source': _digest(pair.source.manifest()),
                'target': _digest(pair.target.manifest()),
            },
            'seed': job.seed,
            'steps': job.steps,
            'run': job.name,
            'protocol': job.protocol,
        }
    return identities, manifests


def _leave_contact_sheet(folder: Path, rows: dict[str, Any]) -> None:
    import numpy as np

    path = folder / 'contact.npz'
    if rows and not path.exists():
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **rows)
        write_whole(path, buffer.getvalue())


def _quiet(config: dict[str, Any]) -> dict[str, Any]:
    quiet = {'logger': False, 'enable_checkpointing': False, 'enable_progress_bar': False}
    return config | {'trainer': config['trainer'] | quiet}


def _digest(manifest: dict[str, Any]) -> str:
    from dann.benchmarks.grid import digest

    return digest(manifest)


def _describe(
    folder: Path,
    command: str,
    started: datetime,
    minutes: float,
    manifests: dict[str, Any],
    failed: dict[str, str],
) -> None:
    """Write ``run.json``: how the records came to be. Minutes add up over interrupted calls."""
    path = folder / 'run.json'
    before: dict[str, Any] = {}
    if path.exists():
        try:
            before = json.loads(path.read_text())
        except json.JSONDecodeError:
            before = {}
    facts = {
        'command': command,
        'machine': f'{platform.machine()}, {os.cpu_count()} cores, {platform.system()}',
        'versions': {'python': platform.python_version()} | {name: _version(name) for name in PACKAGES},
        'started': before.get('started', started.isoformat(timespec='seconds')),
        'minutes': round(before.get('minutes', 0) + minutes, 2),
        'commit': _commit(),
        'failed': [{'job': job, 'error': why} for job, why in failed.items()],
        'manifests': manifests or before.get('manifests', {}),
    }
    write_whole(path, (json.dumps(facts, indent=2) + '\n').encode())


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """Commit of the source tree that the package runs from, if it does."""
    here = Path(__file__).resolve().parent
    call = ['git', '-C', str(here), 'describe', '--always', '--dirty', '--abbrev=12']
    try:
        tracked = subprocess.run(
            [*call[:3], 'ls-files', '--error-unmatch', __file__], capture_output=True, check=False
        )
        if tracked.returncode:
            return None
        return subprocess.run(call, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
