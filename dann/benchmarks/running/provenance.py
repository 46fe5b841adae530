"""By which command, code and machine the records of a folder were made, and when."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dann.core.errors import RunError
from dann.core.sealed import JOBS, is_done
from dann.core.shareable import shareable, shareable_command
from dann.core.stamped import stamped, unstamped
from dann.reporting.files import write_whole

PACKAGES = ('dann', 'torch', 'pytorch-lightning', 'torchmetrics', 'scikit-learn', 'numpy', 'jsonargparse')


class Provenance:
    """Writes ``run.json``: before the first job, and when its context ends, also by an error.

    The minutes of all calls add up; those of one that was killed are not known.

    Args:
        folder: Of the benchmark.
        command: As the user typed it; of absolute paths the last name is kept.
    """

    def __init__(self, folder: Path, command: str) -> None:
        self.folder, self.command = folder, command
        self.failed: dict[str, str] = {}
        self.manifests: dict[str, Any] = {}

    def __enter__(self) -> Provenance:
        self.started, self.clock = datetime.now(UTC), time.monotonic()
        self.before = read_run(self.folder / 'run.json') or {}
        return self

    def begin(self, manifests: dict[str, Any]) -> None:
        """Write what is known before the first job.

        Args:
            manifests: Of both domains.
        """
        self.manifests = manifests
        self._write()

    def __exit__(self, *_: object) -> None:
        if self.manifests:  # else nothing was run
            self._write()

    def _write(self) -> None:
        before, minutes = self.before, (time.monotonic() - self.clock) / 60
        about = {
            **conditions(self.command),
            'started': before.get('started', self.started.isoformat(timespec='seconds')),
            'minutes': round(before.get('minutes', 0) + minutes, 2),
            'commit': _both(before.get('commit'), commit()),
            'failed': self._still_failed(before)
            + [{'job': job, 'error': why} for job, why in self.failed.items()],
            'manifests': self.manifests,
        }
        write_run(self.folder / 'run.json', about)

    def _still_failed(self, before: dict[str, Any]) -> list[dict[str, str]]:
        """Return the failures of earlier calls whose jobs are still not done and did not fail again."""
        return [
            entry
            for entry in before.get('failed', [])
            if entry['job'] not in self.failed and not is_done(self.folder / JOBS / entry['job'])
        ]


def conditions(command: str) -> dict[str, Any]:
    """Return by which command, machine and versions a number was made, in a form that may be passed on.

    Args:
        command: As the user typed it; of absolute paths the last name is kept.
    """
    return {
        'command': shareable_command(command),
        'machine': f'{platform.machine()}, {os.cpu_count()} cores, {platform.system()}',
        'versions': {'python': platform.python_version()} | {name: _version(name) for name in PACKAGES},
    }


def is_settled(folder: Path) -> bool:
    """Whether ``run.json`` can be read and calls no job failed that is done: a worker may die after its last step."""
    about = read_run(folder / 'run.json')
    return about is not None and not any(
        is_done(folder / JOBS / each['job']) for each in about.get('failed', [])
    )


def note_rescored(folder: Path) -> None:
    """Add to ``run.json`` by which commit, and when, the scores in the records were computed again."""
    path = folder / 'run.json'
    if path.exists() and read_run(path) is None:
        return  # the report says so, and the benchmark's next run mends it
    known = read_run(path) or {}
    known['rescored'] = {'commit': commit(), 'date': datetime.now(UTC).isoformat(timespec='seconds')}
    write_run(path, known)


def read_run(path: Path) -> dict[str, Any] | None:
    """Return the contents of a ``run.json``; ``None`` where it is missing, or is not what was written."""
    try:
        known = json.loads(path.read_text(encoding='utf-8'))
        return unstamped(known, path) if isinstance(known, dict) else None
    except (OSError, ValueError, RunError):
        return None


def write_run(path: Path, about: dict[str, Any]) -> None:
    """Write a ``run.json``, whole or not at all, with its checksum; it may be passed on, see ``shareable``."""
    write_whole(path, json.dumps(stamped(shareable(about)), indent=2) + '\n')


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _both(before: str | None, now: str | None) -> str | None:
    """Return every commit that has written into the folder; another may continue an interrupted benchmark."""
    known = (before or '').split(', ')
    return before if now is None or now in known else ', '.join([*filter(None, known), now])


def commit() -> str | None:
    """Return the commit of the source tree that the package runs from; ``None`` if it is installed."""
    here = Path(__file__).resolve()
    git = ['git', '-C', str(here.parent)]
    try:
        if subprocess.run(
            [*git, 'ls-files', '--error-unmatch', str(here)], capture_output=True, check=False
        ).returncode:
            return None
        described = subprocess.run(
            [*git, 'describe', '--always', '--dirty', '--abbrev=12'],
            capture_output=True,
            encoding='utf-8',
            errors='replace',
            check=True,
        )
        return described.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
