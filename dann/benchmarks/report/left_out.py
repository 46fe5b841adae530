"""What each source is worth: the table of a leave-one-source-out study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from dann.benchmarks.plan.without_each import ALL, WITHOUT
from dann.benchmarks.report.table import Row, Table
from dann.benchmarks.results.selection import REPORTED
from dann.reporting.files import write_whole
from dann.reporting.json_text import json_text
from dann.reporting.markdown import inert, pipes
from dann.reporting.notation import about_spread, percent
from dann.stats.intervals import Estimate, estimate, paired


@dataclass(frozen=True, slots=True)
class Worth:
    """What the sources are worth to one method.

    Args:
        method: The row's name.
        whole: Target test accuracy with all sources, a fraction.
        without: By source, accuracy without it minus that with all, paired by seed; ``None`` without a common seed.
    """

    method: str
    whole: Estimate
    without: Mapping[str, Estimate | None]


def left_out(tables: Mapping[str, Table]) -> list[Worth]:
    """Return what each source is worth to each row that trains on sources.

    Args:
        tables: Of the study's benchmarks, by name.
    """
    whole, rest = tables[ALL], {name: each for name, each in tables.items() if name.startswith(WITHOUT)}
    found = []
    for row in whole.rows:
        own = _by_seed(whole, row)
        if own and row is not whole.ceiling:
            without = {
                name.removeprefix(WITHOUT): _change(each, row.method, own) for name, each in rest.items()
            }
            found.append(Worth(row.method, estimate([*own.values()]), without))
    return found


def write(root: Path, tables: Mapping[str, Table]) -> str:
    """Write the study into ``sources.md`` and ``sources.json`` of the suite's folder, and return the former."""
    rows = left_out(tables)
    names = list(dict.fromkeys(name for row in rows for name in row.without))
    heading = ['method', 'all sources', *(f'without {name}' for name in names)]
    body = [
        [row.method, percent(row.whole), *(_starred(row.without.get(name)) for name in names)] for row in rows
    ]
    counts = [row.whole.n for row in rows]
    text = (
        f'**{inert(tables[ALL].title)}: what each source is worth**\n\n{pipes([heading, *body])}\n\n'
        'Target test accuracy in %; beside it how many points it changes when a source is left out, paired by seed: '
        'below 0 the source helps, above 0 it harms; * the interval excludes zero. '
        f'{about_spread(min(counts, default=1), max(counts, default=1))}\n'
    )
    write_whole(root / 'sources.md', text)
    write_whole(root / 'sources.json', json_text([asdict(row) for row in rows]))
    return text


def _by_seed(table: Table, row: Row) -> dict[int, float]:
    return {seed: record['scores'][REPORTED] for seed, record in table.main(row).chosen.items()}


def _change(table: Table, method: str, whole: Mapping[int, float]) -> Estimate | None:
    row = next((each for each in table.rows if each.method == method), None)
    return None if row is None else paired(_by_seed(table, row), whole)


def _starred(change: Estimate | None) -> str:
    star = '*' if change is not None and change.pair is None and change.excludes_zero else ''
    return percent(change, signed=True) + star
