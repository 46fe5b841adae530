"""The figures of differences hold the adapted rows, the best first."""

import pytest
from benchmarks_fake import records_of, table_of, with_source
from figures import leave_out_pdf

from dann.benchmarks.report.differences import compared, in_rows, source_chart, target_chart
from dann.benchmarks.report.table_builder import build_table


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_pdf(monkeypatch)


ROWS = {
    'source_only': [0.6, 0.62],
    'fda': [0.7, 0.71],
    'dann': [0.8, 0.83],
    'target_supervised': [0.9, 0.92],
}


def test_the_largest_difference_is_first_and_the_ceiling_left_out() -> None:
    table = table_of(ROWS)
    panel = compared(table, lambda cell: cell.difference)
    assert in_rows(panel, table) == [('adversarial', 'dann'), ('style', 'fda')]
    drawn = target_chart(table)
    assert drawn is not None
    assert b'>+20.5 (+20.0, +21.0)<' in drawn['svg']
    assert b'target_supervised' not in drawn['svg']


def test_many_rows_stand_by_family() -> None:
    rows = ROWS | {f'row{index}': [0.9 + index / 1000] * 2 for index in range(12)}
    table = table_of(rows)
    names = [name for _, name in in_rows(compared(table, lambda cell: cell.difference), table)]
    assert names[0] == 'row11'
    assert names[-2:] == ['dann', 'fda']


def test_nothing_to_compare_gives_no_figure() -> None:
    assert target_chart(table_of({'dann': [0.8]})) is None
    assert source_chart(table_of(ROWS)) is None
    kept = with_source(records_of(ROWS), {'source_only': (0.98, 0.97), 'dann': (0.95, 0.95)})
    drawn = source_chart(build_table(kept, {'select': 'last'}))
    assert drawn is not None
    assert b'points of source test accuracy' in drawn['svg']
