"""The collapse guard: removes collapsed checkpoints before a score chooses among the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dann.benchmarks.results.records import Record

SUFFIX = '+guard'
SPREAD, FLOOR = 'val/marginal_entropy', 'val/source_accuracy'
LEAST_SPREAD = 0.5
LEAST_SHARE = 0.5


def survivors(pool: Sequence[Record]) -> list[Record]:
    """Return the records that pass the guard, or all of them if none does.

    Args:
        pool: Evaluations of one run, or of all that a choice is made from.
    """
    return passing(pool) or list(pool)


def passing(pool: Sequence[Record]) -> list[Record]:
    """Return the records that have not collapsed; empty if all have.

    A record has collapsed if the entropy of its mean target prediction is below half of log C, so that it uses fewer
    than the square root of C classes, or if its held-out source accuracy is below half of the highest in the pool. A
    target whose classes are that unbalanced needs another rule. The second limit was 0.8 of the highest at first; on
    the catalogue's records that refused the best methods, whose source accuracy is lower, so those records are no
    independent evidence for the guard.

    Args:
        pool: Evaluations of one run, or of all that a choice is made from.
    """
    scores = [record['scores'] for record in pool]
    best = max((each[FLOOR] for each in scores if not math.isnan(each.get(FLOOR, math.nan))), default=0.0)
    return [
        record
        for record, each in zip(pool, scores, strict=True)
        if each.get(SPREAD, math.nan) >= LEAST_SPREAD and each.get(FLOOR, math.nan) >= LEAST_SHARE * best
    ]


def can_guard(names: set[str]) -> bool:
    """Whether the scores that the guard reads are among ``names``."""
    return {SPREAD, FLOOR} <= names
