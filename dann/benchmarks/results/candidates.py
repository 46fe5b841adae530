"""The score ``val/ensv``, which compares all candidates and so is computed after the runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from dann.benchmarks.results.records import Record
from dann.core.sealed import was_left

ENSEMBLE = 'val/ensv'


def with_ensemble(jobs: Mapping[Path, Sequence[Record]]) -> list[Record]:
    """Return the records of ``jobs``, with the score ``val/ensv`` added where predictions were kept.

    The candidates that are averaged are the evaluations of all rows of one benchmark and seed. Rows that use target
    labels are not among them and get no such score.

    Args:
        jobs: Records by the job's folder.
    """
    from dann.benchmarks.running.kept_views import kept_predictions, path_of
    from dann.validators.ensemble import agreement

    records = [(record, path_of(job, record['step'])) for job, own in jobs.items() for record in own]
    pools: dict[tuple[str, int], list[tuple[Record, Path]]] = defaultdict(list)
    for record, path in records:
        if not record['uses_target_labels'] and was_left(path):
            pools[record['benchmark'], record['seed']].append((record, path))
    found: dict[Path, float] = {}
    for pool in pools.values():
        paths = [path for _, path in pool]
        found |= zip(paths, agreement(map(kept_predictions, paths), logits=False), strict=True)
    return [_scored(record, found.get(path)) for record, path in records]


def _scored(record: Record, score: float | None) -> Record:
    return record if score is None else {**record, 'scores': record['scores'] | {ENSEMBLE: score}}
