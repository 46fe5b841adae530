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

from dann.reporting.files import write_whole

PACKAGES = ('dann', 'torch', 'pytorch-lightning', 'torchmetrics', 'scikit-learn', 'numpy', 'jsonargparse')


class Provenance:
    """Writes ``run.json`` when its context ends, also by an error; the minutes of all calls add up.

    Args:
        folder: Of the benchmark.
        command: As the user typed it.
    """

    def __init__(self, folder: Path, command: str) -> None:
        self.folder, self.command = folder, command
        self.failed: dict[str, str] = {}
        self.manifests: dict[str, Any] = {}

    def __enter__(self) -> Provenance:
        self.started, self.clock = datetime.now(UTC), time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        if self.manifests:  # else nothing was run
            before = self._before()
            minutes = (time.monotonic() - self.clock) / 60
            about = {
                'command': self.command,
                'machine': f'{platform.machine()}, {os.cpu_count()} cores, {platform.system()}',
                'versions': {'python': platform.python_version()}
                | {name: _version(name) for name in PACKAGES},
                'started': before.get('started', self.started.isoformat(timespec='seconds')),
                'minutes': round(before.get('minutes', 0) + minutes, 2),
                'commit': _both(before.get('commit'), _commit()),
                'failed': self._still_failed(before)
                + [{'job': job, 'error': why} for job, why in self.failed.items()],
                'manifests': self.manifests,
            }
            write_whole(self.folder / 'run.json', json.dumps(about, indent=2) + '\n')

    def _before(self) -> dict[str, Any]:
        try:
            before: dict[str, Any] = json.loads((self.folder / 'run.json').read_text())
        except (OSError, ValueError):
            return {}
        return before

    def _still_failed(self, before: dict[str, Any]) -> list[dict[str, str]]:
        """Return the failures of earlier calls whose jobs are still not done and did not fail again."""
        return [
            entry
            for entry in before.get('failed', [])
            if entry['job'] not in self.failed and not (self.folder / 'jobs' / entry['job'] / 'done').exists()
        ]


def note_rescored(folder: Path) -> None:
    """Add to ``run.json`` by which commit, and when, the scores in the records were computed again."""
    path = folder / 'run.json'
    known = json.loads(path.read_text()) if path.exists() else {}
    known['rescored'] = {'commit': _commit(), 'date': datetime.now(UTC).isoformat(timespec='seconds')}
    write_whole(path, json.dumps(known, indent=2) + '\n')


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _both(before: str | None, now: str | None) -> str | None:
    """Return every commit that has written into the folder; another may continue an interrupted benchmark."""
    known = (before or '').split(', ')
    return before if now is None or now in known else ', '.join([*filter(None, known), now])


def _commit() -> str | None:
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
            text=True,
            check=True,
        )
        return described.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
