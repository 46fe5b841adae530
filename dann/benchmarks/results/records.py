"""The records of a run: a file with one JSON line for each evaluation."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, TypedDict, cast

from dann.benchmarks.results.record_faults import faults
from dann.core.errors import RunError, UserError
from dann.core.sealed import DONE, check_sealed, sums, text_of
from dann.reporting.files import write_whole

FORMAT = 1


class Origins(TypedDict, total=False):
    """Hashes of the data and weights a run started from, and the name of its metric (``accuracy`` if absent).

    ``unlabelled`` is there, and true, where the target has no labels, so that no score is an oracle's. ``setting``
    is ``inductive`` if absent; ``sizes`` counts the samples of each split of ``source`` and ``target``.
    Further how many parameters are trained, the policy by which both domains pass through batch norm, if the network
    trains one, and the seconds that a bank of features took, if the run reads one. Of a run with a first stage
    ``pretrained`` is the hash of the backbone that it left, and ``pretraining`` the seconds that it took, in this run
    or in the one that left it in the cache.
    """

    metric: str
    unlabelled: bool
    manifests: dict[str, str]
    setting: str
    sizes: dict[str, dict[str, int]]
    initial_weights: str
    initial_backbone: str
    fingerprint: dict[str, str]
    trained_parameters: int
    batch_norm: str
    extraction: float
    pretrained: str
    pretraining: float


class Record(Origins):
    """One evaluation of one run. A score that is not finite is NaN here and ``null`` in the file."""

    format: int
    benchmark: str
    method: str
    family: str
    uses_target_labels: bool
    source: str
    target: str
    seed: int
    step: int
    steps: int
    run: str
    protocol: str
    scores: dict[str, float]
    seconds: float


def append(path: Path, record: Record) -> None:
    """Add ``record`` to the file at ``path``. The file is replaced whole: no reader sees half a line."""
    before = path.read_bytes() if path.exists() else b''
    write_whole(path, before + _line(record).encode())


def rewrite(path: Path, records: Iterable[Record]) -> None:
    """Put ``records`` in place of those in the file at ``path``, whole or not at all, and their checksum in ``done``.

    While they are replaced both checksums are there, so that a job is whole whenever the process is killed.
    """
    data = ''.join(map(_line, records)).encode()
    new, done, known = hashlib.sha256(data).hexdigest(), path.with_name(DONE), sums(path.parent)
    if old := known.get(path.name):
        write_whole(done, text_of(known | {path.name: f'{old} {new}'}))
    write_whole(path, data)
    if old:
        write_whole(done, text_of(known | {path.name: new}))


def _line(record: Record) -> str:
    scores = {name: score if math.isfinite(score) else None for name, score in record['scores'].items()}
    return json.dumps({**record, 'scores': scores}, allow_nan=False) + '\n'


def read(path: Path) -> list[Record]:
    """Return the records in the file at ``path``, in the order written.

    Raises:
        RunError: A line is not a record.
    """
    found = [_parse(line, path, number) for number, line in enumerate(_lines(path), start=1)]
    for number, (before, after) in enumerate(pairwise(found), start=2):
        if before['step'] >= after['step']:
            raise _corrupt(path, number, f'expected a step above {before["step"]}, got {after["step"]}')
    return found


def read_done(job: Path) -> list[Record]:
    """Return the records of a finished job.

    Raises:
        RunError: A line is not a record, the file is not as the job has left it, or an evaluation is missing.
    """
    path = job / 'records.jsonl'
    check_sealed(path)
    found = read(path)
    if not found or found[-1]['step'] != found[-1]['steps']:
        raise RunError(f'{path} lacks the last evaluation of its run; {_remedy(path)}')
    return found


def digest(path: Path, step: int | None = None) -> str | None:
    """Return a hash of the records in a file, or of those up to ``step``; ``None`` where it cannot be read."""
    try:
        pairs = zip(_lines(path), read(path), strict=True)
        kept = [line for line, record in pairs if step is None or record['step'] <= step]
    except RunError:
        return None
    return hashlib.sha256('\n'.join(kept).encode()).hexdigest()


def truncate(path: Path, step: int) -> None:
    """Drop the records beyond ``step``, so that a run resumed from there does not write them twice."""
    if path.exists():
        kept = [line for line, record in zip(_lines(path), read(path), strict=True) if record['step'] <= step]
        write_whole(path, ''.join(f'{line}\n' for line in kept))


def job_folders(folder: Path, *, complete_only: bool = True) -> list[Path]:
    """Return the folders of the completed jobs under ``folder``, sorted by name.

    Args:
        folder: A run folder.
        complete_only: Leave out jobs that are not finished.

    Raises:
        UserError: There is no such folder, or no completed job in it.
    """
    try:
        found = sorted(path for path in (folder / 'jobs').iterdir() if path.is_dir())
        kept = [path for path in found if (path / DONE).exists() or not complete_only]
    except OSError as error:
        msg = (
            f'no results in {folder} ({error.strerror}); expected a folder that `dann benchmark` has written'
        )
        raise UserError(msg) from error
    if not kept:
        state = f'{len(found)} unfinished' if found else 'none started'
        msg = f'no completed job in {folder} ({state}); run the benchmark again to finish them'
        raise UserError(msg)
    return kept


def collect(folder: Path, *, complete_only: bool = True) -> list[Record]:
    """Return every record of the completed jobs under ``folder``, or with ``complete_only=False`` of all jobs."""
    jobs = job_folders(folder, complete_only=complete_only)
    return [
        record
        for job in jobs
        for record in (read_done(job) if (job / DONE).exists() else read(job / 'records.jsonl'))
    ]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding='utf-8').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else 'not UTF-8 text'
        msg = f'cannot read {path} ({reason}); {_remedy(path)}'
        raise RunError(msg) from error


def _parse(line: str, path: Path, number: int) -> Record:
    try:
        record: Any = json.loads(line)
    except ValueError as error:
        raise _corrupt(path, number, f'not JSON: {error}') from error
    if not isinstance(record, dict):
        raise _corrupt(path, number, f'expected an object, got {line[:40]!r}')
    if record.get('format', FORMAT) != FORMAT:
        raise _corrupt(path, number, f'expected format {FORMAT}, got {record["format"]!r}')
    if missing := sorted(Record.__required_keys__ - record.keys()):
        raise _corrupt(path, number, f'expected the key {missing[0]!r}')
    for wrong in faults(record):
        raise _corrupt(path, number, wrong)
    scores = {name: math.nan if score is None else float(score) for name, score in record['scores'].items()}
    return cast(Record, {**record, 'scores': scores})


def _corrupt(path: Path, number: int, reason: str) -> RunError:
    return RunError(f'{path}, line {number}: {reason}; {_remedy(path)}')


def _remedy(path: Path) -> str:
    return f'delete {path.parent} and run the benchmark again: only that job is repeated'
