"""Measures how far the estimates of target accuracy are off on benchmarks whose target has labels.

Each run is judged at the evaluation that its benchmark's own rule chooses; rows that train on target labels are left
out. A run needs the estimates in its records (``validators: [+ATC, +DoC, +COT]``) or its views, as
``dann benchmark NAME --keep-views`` keeps them. The report of a target without labels says what this printed.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean

from dann.benchmarks.comparison.rankings import benchmark_folders
from dann.benchmarks.report.unlabelled import ESTIMATES
from dann.benchmarks.results.opened import Results
from dann.benchmarks.results.records import Record
from dann.benchmarks.results.selection import REPORTED, select
from dann.benchmarks.running.kept_views import kept_views, path_of
from dann.core.errors import UserError
from dann.core.validator import estimators

Errors = dict[str, list[float]]


def errors(folders: Sequence[Path]) -> dict[str, Errors]:
    """Return estimate minus target test accuracy, a fraction, of each run, by benchmark and estimate.

    Args:
        folders: Where benchmarks wrote, of targets with labels.

    Raises:
        UserError: No run has estimates or kept its views.
    """
    found: dict[str, Errors] = {}
    for folder in folders:
        results = Results.open(folder)
        name = str(results.benchmark.get('name', folder))
        for record, estimated in _estimated(results):
            own = found.setdefault(name, {each: [] for each in ESTIMATES})
            for each, value in estimated.items():
                if not math.isnan(value):
                    own[each].append(value - record['scores'][REPORTED])
    if not found:
        where = ', '.join(map(str, folders))
        raise UserError(
            f'no run in {where} has target labels and kept its views; run the benchmark with --keep-views'
        )
    return found


def _estimated(results: Results) -> Iterator[tuple[Record, Mapping[str, float]]]:
    """Yield the evaluation that is chosen of each run, with its estimates by name."""
    rule = str(results.benchmark.get('select') or 'last')
    for job, history in results.jobs.items():
        record = select(history, rule)
        if record['uses_target_labels'] or REPORTED not in record['scores']:
            continue
        if estimated := _of_record(record) or _of_views(path_of(job, record['step'])):
            yield record, estimated


def _of_record(record: Record) -> dict[str, float]:
    scores = record['scores']
    found = {name: scores[key] for name, key in ESTIMATES.items() if key in scores}
    return found if len(found) == len(ESTIMATES) else {}


def _of_views(path: Path) -> dict[str, float]:
    views = kept_views(path)
    if views is None:
        return {}
    scores = {f'val/{rule.name}': rule.score(*views) for rule in estimators()}
    return {name: scores[key] for name, key in ESTIMATES.items()}


def lines(found: Mapping[str, Errors]) -> list[str]:
    """Return what was measured, in points: a line for each benchmark and estimate, and one for each over all runs."""
    pooled = {each: [gap for own in found.values() for gap in own[each]] for each in ESTIMATES}
    everything = {**found, **({'all runs': pooled} if len(found) > 1 else {})}
    return [
        f'{name}: {each} mean absolute error {100 * fmean(map(abs, gaps)):.1f}, bias {100 * fmean(gaps):+.1f}, '
        f'largest {100 * max(map(abs, gaps)):.1f} points of target test accuracy, {len(gaps)} runs'
        for name, own in everything.items()
        for each, gaps in own.items()
        if gaps
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Print the errors of every estimate."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('folders', type=Path, nargs='+', metavar='DIR', help='folders that benchmarks wrote')
    options = parser.parse_args(argv)
    try:
        found = errors(benchmark_folders(options.folders))
    except UserError as error:
        parser.error(str(error))
    print('\n'.join(lines(found)))


if __name__ == '__main__':
    main()
