"""Further scores of the chosen evaluations as columns, each with its difference from source-only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dann.reporting.markdown import Grid
from dann.reporting.notation import ABSENT, VERSUS, percent
from dann.stats.intervals import Estimate

Columns = Mapping[str, tuple[Estimate | None, Estimate | None]]  # by name, a score and its difference


def beside_grid(rows: Mapping[str, Columns], names: Sequence[str]) -> Grid:
    """Return columns with their differences from source-only, as Markdown, the heading first; or nothing.

    Args:
        rows: By method, its columns; one without any has no line.
        names: The columns to show.
    """
    if not names:
        return []
    heading = ['method', *(text for name in names for text in (name, VERSUS))]
    return [heading, *([method, *_texts(columns, names)] for method, columns in rows.items() if columns)]


def _texts(columns: Columns, names: Sequence[str]) -> list[str]:
    found = []
    for name in names:
        value, difference = columns.get(name, (None, None))
        text = percent(difference, signed=True)
        sure = bool(difference and difference.excludes_zero)
        found += [percent(value), f'**{text}**' if sure else text if difference else ABSENT]
    return found


def beside_numbers(columns: Columns, names: Mapping[str, str]) -> dict[str, Any]:
    """Return columns of one cell as numbers at full precision; ``None`` where it has none.

    Args:
        columns: Of the cell.
        names: The columns, each with what its numbers are called.
    """
    found: dict[str, Any] = {}
    for name, key in names.items():
        value, difference = columns.get(name, (None, None))
        found |= _numbers(key, value) | _numbers(f'{key}_difference', difference)
    return found


def _numbers(key: str, value: Estimate | None) -> dict[str, Any]:
    mean, half = (value.mean, value.half_width) if value else (None, None)
    return {key: mean, f'{key}_half_width': half}
