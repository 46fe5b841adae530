"""Two benchmarks whose ranks are worked out by hand, and a comparison of as many methods as wanted."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks_fake import table_of

from dann.benchmarks.comparison.across import Across, Ranked, compare_across
from dann.stats.ranks import critical_difference

NEAR = {
    'source_only': [0.50, 0.52, 0.54],
    'dann': [0.60, 0.63, 0.66],
    'mmd': [0.51, 0.52, 0.53],
    'target_supervised': [0.90, 0.91, 0.92],
}
FAR = {
    'source_only': [0.30, 0.31, 0.33],
    'dann': [0.37, 0.39, 0.43],
    'mmd': [0.38, 0.36, 0.35],
    'target_supervised': [0.80, 0.81, 0.82],
}


def across_of(**rows: Mapping[str, list[float]]) -> Across:
    """The comparison over benchmarks with these rows."""
    found = compare_across({name: table_of(each) for name, each in rows.items()})
    assert found is not None
    return found


def many(count: int, blocks: int = 30) -> Across:
    """Methods in the same order in every block, source-only last."""
    rows = [Ranked(f'method{i}', 'mmd', float(i + 1), 0.1) for i in range(count - 1)]
    rows.append(Ranked('source_only', 'reference', float(count)))
    return Across(
        ('near', 'far'),
        tuple(('near', seed) for seed in range(blocks)),
        tuple(rows),
        (100.0, 0.0),
        critical_difference(count, blocks),
        (),
    )
