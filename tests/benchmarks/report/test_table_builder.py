"""The table against numbers worked out by hand."""

import math
from typing import Any

import pytest
from benchmarks_fake import ROWS, records_of, table_of, with_source

from dann.benchmarks.report.table import Table
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.report.verdicts import notes
from dann.core.errors import RunError, UserError

ASKED: dict[str, Any] = {
    'title': 'Day to night',
    'source': 'street/day',
    'target': 'street/night',
    'seeds': [0, 1, 2],
    'select': 'val/infomax',
}


@pytest.fixture(scope='module')
def table() -> Table:
    return build_table(records_of(), ASKED | {'methods': dict.fromkeys(ROWS)})


def test_a_row_by_hand(table: Table) -> None:
    # last (.70 .71 .75): mean .72, s = .0264575, 4.302653 s / sqrt 3 = .065724; infomax 3 lower, oracle 2.
    # minus source-only, which infomax puts at (.59 .61 .63): (.08 .07 .09), s = .01, half-width .024841.
    # gap: (.69 - .61) / (.92 - .61) = .258
    row = next(row for row in table.rows if row.method == 'mmd')
    cell = table.main(row)
    assert cell.accuracy is not None
    assert cell.difference is not None
    assert cell.accuracy.half_width == pytest.approx(0.0657238, abs=1e-6)
    assert cell.difference.half_width == pytest.approx(0.0248414, abs=1e-6)
    assert cell.gap_closed == pytest.approx(0.08 / 0.31)


def test_forgetting_by_hand() -> None:
    # last: dann - source_only is (-.03 -.02 -.04), mean -.03, s = .01, 4.302653 s / sqrt 3 = .0248414;
    # infomax reads step 300, where dann is .01 lower and source_only is not.
    records = with_source(records_of(), {'source_only': (0.98, 0.97, 0.99), 'dann': (0.95, 0.95, 0.95)})
    table = build_table(records, ASKED | {'methods': dict.fromkeys(ROWS)})
    assert table.tests_source
    cells = {row.method: row.cells for row in table.rows}
    for rule, mean in (('last', -0.03), ('val/infomax', -0.04), ('oracle', -0.05)):
        found = cells['dann'][rule].source_difference
        assert found is not None
        assert found.mean == pytest.approx(mean)
        assert found.half_width == pytest.approx(0.0248414, abs=1e-6)
        assert found.n == 3
    alone = cells['source_only']['last']
    assert alone.source_accuracy is not None
    assert alone.source_accuracy.mean == pytest.approx(0.98)
    assert alone.source_difference is None
    assert cells['mmd']['last'].source_accuracy is None
    assert cells['mmd']['last'].source_difference is None


def test_forgetting_is_paired_by_the_seeds_that_both_have() -> None:
    rows = {name: ROWS[name][1] for name in ('source_only', 'dann', 'mmd', 'target_supervised')}
    records = with_source(records_of(rows), {'source_only': (0.9, 0.5, 0.8), 'dann': (0.8, 0.6)})
    table = build_table(records, ASKED | {'methods': dict.fromkeys(rows)})
    cell = next(row for row in table.rows if row.method == 'dann').cells['last']
    assert cell.source_difference is not None
    assert cell.source_difference.n == 2
    assert cell.source_difference.mean == pytest.approx((-0.1 + 0.1) / 2)
    assert cell.difference is not None
    assert cell.difference.n == 3
    assert (
        'Seeds that source kept rests on, as some records have no accuracy on the source test split: '
        'dann 2 of 3, mmd 0 of 3.'
    ) in notes(table)


def test_records_of_earlier_versions_have_no_accuracy_on_the_source(table: Table) -> None:
    assert not table.tests_source
    assert not any('source kept' in note for note in notes(table))


def test_rows_follow_the_benchmark(table: Table) -> None:
    assert [row.method for row in table.rows] == list(ROWS)
    assert table.rules == ('last', 'val/infomax', 'oracle')


def test_the_rule_may_be_replaced() -> None:
    rows = {'source_only': [0.6, 0.62], 'mmd': [0.7, 0.71]}
    assert table_of(rows).rules == ('last', 'oracle')
    assert table_of(rows, 'val/entropy').rules == ('last', 'val/entropy', 'oracle')
    with pytest.raises(UserError, match="unknown selection rule 'val/entrpy'; did you mean 'val/entropy'"):
        table_of(rows, 'val/entrpy')


def test_seeds_that_are_missing_are_known() -> None:
    records = records_of({'source_only': [0.6, 0.62, 0.64], 'dann': [0.8, 0.81]})
    table = build_table(records, ASKED | {'methods': dict.fromkeys(['source_only', 'dann', 'mmd'])})
    assert [row.missing for row in table.rows] == [(), (2,), (0, 1, 2)]
    assert table.rows[1].cells['last'].difference is not None
    assert table.rows[1].cells['last'].difference.n == 2


def test_a_run_without_a_number_is_left_out_aloud() -> None:
    records = records_of({'source_only': [0.6, 0.62], 'dann': [0.8, 0.81]})
    for each in records:
        if (each['method'], each['seed']) == ('dann', 1):
            each['scores']['val/infomax'] = math.nan
    table = build_table(records, ASKED)
    cells = next(row for row in table.rows if row.method == 'dann').cells
    assert [cell.accuracy.n for cell in cells.values() if cell.accuracy] == [2, 1, 2]
    assert any(
        'Dann-seed1-0123456789ab has no number to select by val/infomax' in note for note in notes(table)
    )


def test_published_figures_are_in_percent() -> None:
    records = records_of({'source_only': [0.6, 0.62], 'dann': [0.8, 0.81]})
    table = build_table(records, ASKED | {'published': {'dann': 76.7}})
    assert table.published
    assert [row.published for row in table.rows] == [pytest.approx(0.767), None]
    with pytest.raises(
        UserError, match=r'published figure of dann in percent, got 0\.767; correct benchmark'
    ):
        build_table(records, ASKED | {'published': {'dann': 0.767}})


def test_records_without_the_reported_score_are_refused() -> None:
    records = records_of({'source_only': [0.6]})
    for each in records:
        del each['scores']['oracle/target_test_accuracy']
    with pytest.raises(
        RunError, match=r'expected oracle/target_test_accuracy in the records of source_only-seed0'
    ):
        build_table(records, ASKED)


def test_what_was_scored_is_in_caption_and_notes() -> None:
    def about(changes: dict[str, Any]) -> tuple[str, str, str]:
        records = [{**record, **changes} for record in records_of()]
        found = build_table(records, ASKED | {'methods': dict.fromkeys(ROWS)})  # type: ignore[arg-type]
        return found.figures, found.caption, ' '.join(notes(found))

    figures, caption, said = about({})
    assert (figures, 'samples' in said) == ('target test accuracy in %', False)
    sizes = {
        'sizes': {
            'source': {'train': 9, 'val': 1, 'test': 2},
            'target': {'train': 70, 'val': 20, 'test': 1200},
        }
    }
    figures, caption, said = about(sizes | {'setting': 'inductive'})
    assert figures == 'target test accuracy in %, 1,200 samples'
    assert 'The target test split has n = 1,200 samples.' in said
    figures, caption, said = about(sizes | {'fingerprint': {'splits': 'per seed'}})
    assert 'n = 1,200 samples; each seed draws all splits anew' in said
    figures, caption, said = about(sizes | {'setting': 'transductive'})
    assert 'transductive: on all 1,200 target samples, in training without labels' in figures
    assert 'transductive' in caption
    assert (
        'Transductive: all 1,200 target samples are in training, without labels, and all are scored' in said
    )


def test_different_numbers_of_samples_are_a_range() -> None:
    records = records_of()
    for place, record in enumerate(records):
        record['sizes'] = {'target': {'test': 100 + place % 2}}
    assert build_table(records, ASKED | {'methods': dict.fromkeys(ROWS)}).tested.count == '100 to 101'
