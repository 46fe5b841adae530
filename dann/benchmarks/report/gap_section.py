"""The report's section on how far apart the domains are, computed from the features that the jobs saved."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from dann.benchmarks.report.table import Row, Table
from dann.benchmarks.results.opened import Results
from dann.core.errors import CheckError
from dann.core.kept import kept
from dann.core.numpy_files import open_arrays

USED = (
    "Computed from features.npz of each row's first seed: bottleneck features at the last step, up to 400 images of "
    'the source validation and the target test split. Of these files the target labels are not read.'
)


def gap_section(results: Results, table: Table) -> dict[str, Any] | None:
    """Return the distances of source-only and of the best adapted row as text.

    Args:
        results: The opened run folder.
        table: Its table.

    Returns:
        ``None`` where no job saved features.
    """
    rows = [row for row in (table.baseline, table.best) if row is not None]
    if not any(results.leftovers(row.method, 'features.npz') for row in rows):
        return None
    section: dict[str, Any] | None = json.loads(
        kept('gap', _depends(results, rows), lambda: json.dumps(measured(results, rows)))
    )
    return section


def _depends(results: Results, rows: Sequence[Row]) -> Iterator[str | bytes]:
    """Yield all that the section is made from: measuring takes seconds and torch, another rule or table neither."""
    for row in rows:
        yield f'{row.method}, {row.uses_target_labels}'
        for path in results.leftovers(row.method, 'features.npz')[:1]:
            try:
                yield path.read_bytes()
            except OSError as error:
                yield str(error)


def measured(results: Results, rows: Sequence[Row]) -> dict[str, Any] | None:
    """Return the distances of some rows as text, measured anew.

    Args:
        results: The opened run folder.
        rows: Of its table.

    Returns:
        ``None`` where none of them saved features that can be measured.
    """
    from threadpoolctl import threadpool_limits

    from dann.shift.reading import advice, before_and_after, read
    from dann.shift.tables import distance_rows, share_rows

    with threadpool_limits(1):  # many small fits, which several threads make slower
        gaps = [gap for row in rows if (gap := _gap(results, row)) is not None]
    if not gaps:
        return None
    sentences = [*(read(gap) for gap in gaps), before_and_after(gaps), *advice(gaps[0])]
    return {
        'rows': distance_rows(gaps),
        'shares': share_rows(gaps[:1]),
        'sentences': [sentence for sentence in sentences if sentence],
        'used': USED,
    }


def _gap(results: Results, row: Row) -> Any:
    """Measure the first seed's features. The file also holds target labels, for the figures; they are not read here."""
    from dann.shift.measure import gap_of
    from dann.shift.seen import Seen

    paths = results.leftovers(row.method, 'features.npz')
    try:
        with open_arrays(paths[0]) as file:
            source, target, labels, names = (
                file[key] for key in ('source', 'target', 'source_labels', 'classes')
            )
    except (IndexError, OSError, ValueError, KeyError):
        return None  # the figures of the same file say what is wrong with it
    seen = Seen(row.method, source, target, uses_target_labels=row.uses_target_labels)
    try:
        return gap_of(seen, labels, names.tolist(), permutations=199)
    except CheckError:
        return None  # too few samples, or a network whose features are not finite
