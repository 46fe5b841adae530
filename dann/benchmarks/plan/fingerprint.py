"""What two rows must have in common to stand in one table, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from dann.benchmarks.plan.grid import Benchmark, digest
from dann.benchmarks.plan.keys import flow, printed
from dann.benchmarks.plan.plan import PER_SEED
from dann.benchmarks.plan.schema import PRINTED
from dann.benchmarks.results.records import Record
from dann.core.errors import UserError
from dann.core.version import release

Fingerprint = dict[str, str]
PACKAGES = ('torch', 'pytorch-lightning', 'numpy')  # beside the release of dann
SEEDED = ('initial_weights',)  # the same for rows of one seed, not across seeds
DRAWN = ('source', 'target', 'unseen')  # the same, where each seed draws its splits


def fingerprint(benchmark: Benchmark, pair: Any) -> Fingerprint:
    """Return the protocol of a row as short texts; the job adds the hash of the weights it starts from.

    The supervised reference has no field ``source``: it trains on the target instead, which every table says.

    Args:
        benchmark: Of the row.
        pair: The ``DomainPair`` that the row trains on, set up.
    """
    of_source = {} if pair.reference else {'source': digest(pair.source.manifest())}
    return {
        **of_source,
        'target': digest(pair.target.manifest()),
        'batch_size': str(pair.batch_size),
        **printed(benchmark),
        'metric': pair.target.metric,
        'classes': digest(list(pair.target.classes)),
        'unseen': digest([each.manifest() for each in pair.unseen]) if pair.unseen else flow(None),
        'versions': ', '.join([f'dann {release()}', *(f'{name} {_version(name)}' for name in PACKAGES)]),
    }


def differences(records: Iterable[Record]) -> dict[str, dict[str, list[str]]]:
    """Return the fields in which records differ, as field -> value -> rows, the most frequent value first.

    The hash of the whole protocol comes last. It also tells records of an earlier version apart, which have no
    fingerprint.
    """
    values: dict[str, dict[str, set[str]]] = {}
    for record in records:
        for field, value in _fields(record).items():
            values.setdefault(field, {}).setdefault(value, set()).add(record['method'])
    groups: dict[str, dict[str, list[str]]] = {}
    for field, found in values.items():
        name, *_ = field.split(' of seed ')
        if len(found) > 1:
            ranked = sorted(found, key=lambda value: (-len(found[value]), value))
            groups.setdefault(name, {}).update({value: sorted(found[value]) for value in ranked})
    return groups


def check_protocols(records: Iterable[Record], *, as_published: bool = False) -> None:
    """Raise ``UserError`` that names the first field in which rows differ, and how many more do.

    Args:
        records: Of every row.
        as_published: Leave out the fields that rows may have of their own in a table of published settings.
    """
    own = (*PRINTED, *SEEDED) if as_published else ()
    found = {field: values for field, values in differences(records).items() if field not in own}
    if not found:
        return
    field, values = next(iter(found.items()))
    shown = '; '.join(f'{value} in {_listed(rows)}' for value, rows in values.items())
    more = f' (and {len(found) - 1} more: {", ".join([*found][1:])})' if len(found) > 1 else ''
    msg = (
        f'expected one protocol in a table, got different `{field}`: {shown}{more}; delete the folders under jobs/ '
        'that are out of date and run the benchmark again, or mark the rows with --allow-mixed'
    )
    raise UserError(msg)


def marks(records: Iterable[Record]) -> dict[str, list[str]]:
    """Return, for each row whose protocol differs from that of most rows, the fields and values that differ."""
    found: dict[str, list[str]] = {}
    for field, values in differences(records).items():
        common = next(iter(values))
        for value, rows in values.items():
            for row in rows if value != common else ():
                found.setdefault(row, []).append(f'`{field}` {value}, not {common}')
    return found


def _fields(record: Record) -> Mapping[str, str]:
    known = record.get('fingerprint', {})
    target = {'target': record['manifests']['target']} if 'manifests' in record else {}
    seeded = SEEDED + (DRAWN if known.get('splits') == PER_SEED else ())
    named = {
        f'{key} of seed {record["seed"]}' if key in seeded else key: text
        for key, text in {**target, **known}.items()
    }
    return named | {'protocol': record['protocol']}


def _listed(rows: list[str], most: int = 4) -> str:
    shown = ', '.join(rows[:most])
    return shown if len(rows) <= most else f'{shown} and {len(rows) - most} more'


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return 'unknown'
