"""Selection rules: which evaluation of a finished run is reported. Pure functions over records."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from dann.benchmarks.plan.fingerprint import check_protocols
from dann.benchmarks.results.guard import SUFFIX, can_guard, survivors
from dann.benchmarks.results.records import Record
from dann.core.errors import RunError, UserError, unknown

LAST = 'last'
ORACLE = 'oracle'
ORACLE_SCORE = 'oracle/target_val_accuracy'
REPORTED = 'oracle/target_test_accuracy'
SOURCE_TEST = 'source/test_accuracy'


def runs(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Group ``records`` by run, each in order of step."""
    histories: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        histories[record['run']].append(record)
    return {run: sorted(histories[run], key=lambda record: record['step']) for run in sorted(histories)}


def rules(records: Iterable[Record]) -> list[str]:
    """Return the rules that ``select`` accepts for ``records``.

    Left out are losses, of which the highest is no choice, diagnostics, of which a winning critic has the
    highest, and scores of the test split, which must not choose what is reported on it.
    """
    names = {name for record in records for name in record['scores']}
    scores = sorted(name for name in names if name.startswith('val/'))
    guarded = [name + SUFFIX for name in scores] if can_guard(names) else []
    return [LAST, ORACLE, *scores, *guarded, *({ORACLE_SCORE} & names)]


def select(history: Sequence[Record], rule: str) -> Record:
    """Return the record that ``rule`` chooses from ``history``.

    From the records of one run it chooses a checkpoint; from those of several runs also a method or hyper-parameters.

    Args:
        history: Records to choose from.
        rule: ``last`` for the highest step, ``oracle`` for the highest accuracy on the *labelled* target
            validation split, or the name of a score, of which the highest wins; with ``+guard`` behind it the
            highest among those that have not collapsed. Ties go to the earliest step.

    Raises:
        UserError: No record has such a score.
        RunError: The score is NaN throughout.
    """
    if rule == LAST:
        return max(history, key=lambda record: record['step'])
    if rule not in (known := rules(history)):
        raise unknown('selection rule', rule, known)
    if rule.endswith(SUFFIX):
        history, rule = survivors(history), rule.removesuffix(SUFFIX)
    score = ORACLE_SCORE if rule == ORACLE else rule
    usable = [record for record in history if not math.isnan(record['scores'].get(score, math.nan))]
    if not usable:
        msg = f'{score} of {history[0]["run"]} is never a number; choose another rule or repeat the run'
        raise RunError(msg)
    return max(usable, key=lambda record: (record['scores'][score], -record['step']))


def check_comparable(
    records: Iterable[Record], *, allow_mixed: bool = False, as_published: bool = False
) -> None:
    """Refuse records that cannot stand in one table.

    Args:
        records: Of every row.
        allow_mixed: Accept rows of different protocols, which the table then marks.
        as_published: Accept rows with options of the model of their own, which the table then marks.

    Raises:
        UserError: Rows follow different protocols, or a row has two runs with the same seed.
    """
    records = list(records)
    if not allow_mixed:
        check_protocols(records, as_published=as_published)
    twins: dict[tuple[str, int], set[str]] = defaultdict(set)
    for record in records:
        twins[record['method'], record['seed']].add(record['run'])
    for (method, seed), found in sorted(twins.items()):
        if len(found) > 1:
            msg = (
                f'expected one run of {method} with seed {seed}, got {" and ".join(sorted(found))}; '
                'delete the folder under jobs/ that is out of date'
            )
            raise UserError(msg)
