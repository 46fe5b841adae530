"""How well a model does, by the run that it is a part of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dann.benchmarks.api import read_table
from dann.core.errors import UserError
from dann.reporting.notation import percent


def numbers(weights: Path, card: Mapping[str, Any]) -> list[str]:
    """Return lines on the row of a benchmark that weights are of; none where the run is not at hand.

    Args:
        weights: A file in the folder of a job.
        card: What the file says of itself.
    """
    root = weights.parents[2] if len(weights.parents) > 2 else weights.parent
    if not (root / 'benchmark.yaml').is_file() or card.get('row') is None:
        return []
    try:
        table = read_table(root)
    except UserError:
        return []
    row = next((each for each in table.rows if each.method == card['row']), None)
    cell = table.main(row) if row else None
    if row is None or cell is None or cell.accuracy is None:
        return []
    seeds = len(row.seeds)
    few = {1: 'over one seed, so that there is no interval', 2: 'both of 2 seeds'}
    how = few.get(seeds, f'over {seeds} seeds (95 % Student-t interval)')
    lines = [
        f'- {table.metric} on the target test split, in %: {percent(cell.accuracy)}, {how}, by {table.rule}'
    ]
    if cell.difference is not None:
        lines.append(f'- difference from source-only, in points: {percent(cell.difference, signed=True)}')
    if cell.source_difference is not None:
        lines.append(f'- on the source, against source-only: {percent(cell.source_difference, signed=True)}')
    return [*lines, f'- this model is the one of seed {card.get("seed")}']
