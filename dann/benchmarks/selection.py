"""Choosing, after training, the evaluation a run is judged by: pure functions over records."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from dann.benchmarks.records import Record
from dann.errors import RunError, UserError, unknown

LAST = 'last'
ORACLE = 'oracle'
ORACLE_SCORE = 'oracle/target_val_accuracy'
REPORTED = 'oracle/target_test_accuracy'


def runs(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Group ``records`` by run, each in order of step."""
    histories: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        histories[record['run']].append(record)
    return {run: sorted(histories[run], key=lambda record: record['step']) for run in sorted(histories)}


def rules(records: Iterable[Record]) -> list[str]:
    """Names ``select`` accepts for ``records``.

    Left out are losses, of which the highest is no choice, diagnostics, of which a winning critic has the
    highest, and scores of the test split, which must not choose what is reported on it.
    """
    names = {name for record in records for name in record['scores']}
    return [
        LAST,
        ORACLE,
        *sorted(name for name in names if name.startswith('val/') or name == ORACLE_SCORE),
    ]


def select(history: Sequence[Record], rule: str) -> Record:
    """Return the record of one run that ``rule`` chooses.

    Args:
        history: The run's records.
        rule: ``last`` for the highest step, ``oracle`` for the highest accuracy on the *labelled* target
            validation split, or the name of a score, of which the highest wins. Ties go to the earliest step.

    Raises:
        UserError: No record has such a score.
        RunError: The score is NaN throughout.
    """
    if rule == LAST:
        return max(history, key=lambda record: record['step'])
    if rule not in (known := rules(history)):
        raise unknown('selection rule', rule, known)
    score = ORACLE_SCORE if rule == ORACLE else rule
    usable = [record for record in history if not math.isnan(record['scores'].get(score, math.nan))]
    if not usable:
        msg = f'{score} of {history[0]["run"]} is never a number; choose another rule or repeat the run'
        raise RunError(msg)
    return max(usable, key=lambda record: (record['scores'][score], -record['step']))


def check_comparable(records: Iterable[Record]) -> None:
    """Refuse records that cannot stand in one table.

    Raises:
        UserError: Rows follow different protocols or were tested on different data, or a row has two runs with
            the same seed.
    """
    records = list(records)
    protocols: dict[str, set[str]] = defaultdict(set)
    targets: dict[str, str] = {}
    twins: dict[tuple[str, int], set[str]] = defaultdict(set)
    for record in records:
        protocols[record['method']].add(record['protocol'])
        if 'manifests' in record:
            targets.setdefault(record['manifests']['target'], record['run'])
        twins[record['method'], record['seed']].add(record['run'])
    _check_protocols(protocols)
    if len(targets) > 1:
        msg = (
            f'expected one target data set in a table, got other images in {" than in ".join(targets.values())}; '
            'delete the folders under jobs/ that are out of date and run the benchmark again'
        )
        raise UserError(msg)
    for (method, seed), found in sorted(twins.items()):
        if len(found) > 1:
            msg = (
                f'expected one run of {method} with seed {seed}, got {" and ".join(sorted(found))}; '
                'delete the folder under jobs/ that is out of date'
            )
            raise UserError(msg)


def _check_protocols(protocols: dict[str, set[str]]) -> None:
    counts = Counter(protocol for found in protocols.values() for protocol in found)
    if len(counts) < 2:
        return
    common = max(sorted(counts), key=lambda protocol: counts[protocol])
    others = {method: found - {common} for method, found in sorted(protocols.items()) if found != {common}}
    rows = ', '.join(f'{method} ({", ".join(sorted(found))})' for method, found in others.items())
    msg = (
        f'expected one protocol in a table, got {len(counts)}: {rows} against {common} in the other rows; '
        "the jobs' config.yaml say what differs: delete the folders under jobs/ that are out of date and run "
        'the benchmark again, or give each protocol a folder of its own'
    )
    raise UserError(msg)
