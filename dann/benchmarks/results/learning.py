"""How well the source was learned: a method that never learned it says nothing about adaptation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dann.benchmarks.results.guard import FLOOR
from dann.benchmarks.results.records import Record
from dann.stats.intervals import estimate

LEARNED_SHARE = 0.8  # of the accuracy of the row that learned the source best
STILL_RISING = 0.05  # between the last two evaluations


@dataclass(frozen=True, slots=True)
class Learned:
    """Accuracy of one row on held-out source samples, fractions, means over seeds.

    Args:
        best: The highest of all evaluations.
        before: At the last evaluation but one; equal to ``last`` where there is one evaluation.
        last: At the last evaluation.
    """

    best: float
    before: float
    last: float

    @property
    def rising(self) -> bool:
        """Whether training ended too early for the source."""
        return self.last - self.before > STILL_RISING


def learned(histories: Sequence[Sequence[Record]]) -> Learned | None:
    """Return how one row learned the source; ``None`` where a run has no such score.

    Args:
        histories: Of each of its runs, the records in order of step.
    """
    scores = [[each['scores'].get(FLOOR, math.nan) for each in history] for history in histories]
    known = [[score for score in each if not math.isnan(score)] for each in scores]
    if not known or not all(known):
        return None
    columns = ([max(each), each[-2:][0], each[-1]] for each in known)
    return Learned(*(estimate(column).mean for column in zip(*columns, strict=True)))


def unlearned(rows: Mapping[str, Learned]) -> list[str]:
    """Return the rows whose best accuracy on the source is below ``LEARNED_SHARE`` of the best row's.

    A row that learned the source and lost it later is not among them: that is forgetting.

    Args:
        rows: By name, the rows that train on the source.
    """
    most = max((each.best for each in rows.values()), default=0.0)
    return [name for name, each in rows.items() if each.best < LEARNED_SHARE * most]
