"""Checksums of a job's files, written into its file ``done``, so that a changed byte is found and not reported.

``done`` maps names to sha256 in hex, as JSON. An earlier version left it empty: of such a job nothing is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from dann.core.errors import RunError
from dann.core.hashing import sha256

DONE, JOBS = 'done', 'jobs'  # the file, and the folder of a run's jobs
CHECKPOINT = 'last.ckpt'  # of a job that is not done
KINDS = ('*.jsonl', '*.yaml', '*.pt', '*.np[yz]', 'views/*.npz', 'groups/*.npz')


def sums_of(job: Path) -> str:
    """Return the contents of ``done`` for the files that a job has left so far."""
    found = sorted({path for kind in KINDS for path in job.glob(kind) if path.is_file()})
    return text_of({path.relative_to(job).as_posix(): sha256(path) for path in found})


def text_of(known: Mapping[str, str]) -> str:
    """Return the contents of ``done`` for checksums by name; two of one file are parted by a space."""
    return json.dumps(known, indent=1) + '\n'


def is_done(job: Path) -> bool:
    """Whether a job is finished; one whose ``done`` cannot be read is not, and runs again."""
    try:
        sums(job)
    except RunError:
        return False
    return (job / DONE).exists()


def check_sealed(path: Path) -> None:
    """Raise ``RunError`` where a file of a finished job is missing or is not as the job has left it.

    Args:
        path: In the job's folder, or in its ``views`` or ``groups``.
    """
    job = next((each for each in path.parents[:2] if each.parent.name == JOBS), None)
    if job is None or not (job / DONE).is_file():
        return
    expected = sums(job).get(path.relative_to(job).as_posix())
    if expected is None:
        return
    if not path.is_file():
        raise RunError(f'{path} is missing; {_remedy(job)}')
    if sha256(path) not in expected.split():
        raise RunError(f'{path} has changed since its job was done; {_remedy(job)}')


def was_left(path: Path) -> bool:
    """Whether a job has left a file.

    Raises:
        RunError: It has, and the file is gone: a figure without it would be of fewer jobs.
    """
    if path.exists():
        return True
    check_sealed(path)
    return False


def sums(job: Path) -> dict[str, str]:
    """Return the checksums of a finished job's files by name; none where they are not known.

    Raises:
        RunError: ``done`` cannot be read.
    """
    path = job / DONE
    try:
        text = path.read_text(encoding='utf-8') if path.is_file() else ''
        known = json.loads(text) if text else {}
    except (OSError, ValueError) as error:
        raise RunError(f'cannot read {path} ({" ".join(str(error).split())}); {_remedy(job)}') from error
    if not isinstance(known, dict) or not all(isinstance(each, str) for each in known.values()):
        raise RunError(f'{path} holds no checksums; {_remedy(job)}')
    return known


def _remedy(job: Path) -> str:
    return f'delete {job} and run the benchmark again: only that job is repeated'
