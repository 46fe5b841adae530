"""How long the jobs of a row take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

from dann.benchmarks.results.records import Record
from dann.benchmarks.results.selection import runs


def seconds_per_job(records: Iterable[Record]) -> dict[str, float]:
    """Return, for each method, the mean seconds of training and evaluating one run.

    A first stage counts, in full, though other rows of the table may share what it left.
    """
    spent: dict[str, list[float]] = defaultdict(list)
    for history in runs(records).values():
        spent[history[0]['method']].append(seconds(history) + history[-1].get('pretraining', 0.0))
    return {method: fmean(values) for method, values in spent.items()}


def seconds(history: Sequence[Record]) -> float:
    """Return the seconds of one run. A record counts from the last start, so a resumed run is summed over its parts."""
    total, last = 0.0, 0.0
    for record in history:
        total += record['seconds'] - (last if record['seconds'] >= last else 0)
        last = record['seconds']
    return total
