"""How well the source was learned, in words."""

from __future__ import annotations

from dann.benchmarks.report.table import Table
from dann.benchmarks.results.learning import unlearned
from dann.reporting.notation import points


def not_learned(table: Table) -> list[str]:
    """Return a sentence on the rows that did not learn the source, and one on those that still do; or none."""
    rows = {row.method: row.learned for row in table.rows if row.learned and not row.uses_target_labels}
    found = []
    if low := unlearned(rows):
        best = max(rows, key=lambda name: rows[name].best)
        weak = ', '.join(f'{name} {points(rows[name].best)} %' for name in low)
        found.append(
            f'The source was not learned: {weak} at best on held-out source samples, where {best} has '
            f'{points(rows[best].best)} %; train longer, or lower the weight of the method.'
        )
    if rising := [name for name, each in rows.items() if each.rising]:
        seen = ', '.join(
            f'{name} {points(rows[name].before)} to {points(rows[name].last)} %' for name in rising
        )
        found.append(f'The source was still being learned at the end: {seen}; train longer.')
    return found
