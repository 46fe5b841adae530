"""Further columns: means, and differences from source-only."""

from __future__ import annotations

from dann.benchmarks.report.beside import Columns, beside_grid, beside_numbers
from dann.stats.intervals import estimate, paired

BASE, HIGHER = {0: 0.1, 1: 0.2, 2: 0.3}, {0: 0.4, 1: 0.5, 2: 0.6}
ROWS: dict[str, Columns] = {
    'source_only': {'x': (estimate([*BASE.values()]), None)},
    'dann': {'x': (estimate([*HIGHER.values()]), paired(HIGHER, BASE))},
    'old': {},
}


def test_a_line_for_each_row_that_has_some() -> None:
    assert beside_grid(ROWS, ['x', 'y']) == [
        ['method', 'x', 'vs source-only', 'y', 'vs source-only'],
        ['source_only', '20.0 ± 24.8', '—', '—', '—'],
        ['dann', '50.0 ± 24.8', '**+30.0 ± 0.0**', '—', '—'],
    ]
    assert beside_grid(ROWS, []) == []


def test_numbers_have_names_of_their_own() -> None:
    found = beside_numbers(ROWS['dann'], {'x': 'of_x', 'y': 'of_y'})
    assert round(found['of_x'], 9) == 0.5
    assert round(found['of_x_difference'], 9) == 0.3
    assert (found['of_y'], found['of_y_difference_half_width']) == (None, None)
    assert [*found][:4] == ['of_x', 'of_x_half_width', 'of_x_difference', 'of_x_difference_half_width']
