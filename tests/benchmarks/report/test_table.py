"""The table against numbers worked out by hand, in every format."""

import csv
import io
import json
import math
from typing import Any

import pytest
from benchmarks_fake import ROWS, history

from dann.benchmarks.report.formats import as_dict, csv_text, heading, latex, line, markdown
from dann.benchmarks.report.table import Table
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.report.verdicts import headline, notes, sentences
from dann.benchmarks.results.records import Record
from dann.core.errors import RunError, UserError
from dann.reporting.notation import points

BENCHMARK: dict[str, Any] = {
    'title': 'Day to night',
    'source': 'street/day',
    'target': 'street/night',
    'seeds': [0, 1, 2],
    'select': 'val/infomax',
    'methods': dict.fromkeys(ROWS),
}


def records_of(**rows: list[float]) -> list[Record]:
    return [
        each
        for name, finals in rows.items()
        for seed, x in enumerate(finals)
        for each in history(name, seed, x)
    ]


def table_of(select: str | None = None, **rows: list[float]) -> Table:
    return build_table(records_of(**rows), BENCHMARK | {'methods': dict.fromkeys(rows)}, select)


@pytest.fixture
def table() -> Table:
    records = [
        each for name, (_, xs) in ROWS.items() for seed, x in enumerate(xs) for each in history(name, seed, x)
    ]
    return build_table(records, BENCHMARK)


def test_rows_follow_the_benchmark(table: Table) -> None:
    assert [row.method for row in table.rows] == list(ROWS)
    assert table.rules == ('last', 'val/infomax', 'oracle')


def test_a_line_by_hand(table: Table) -> None:
    # last (.70 .71 .75): mean .72, s = .0264575, 4.302653 s / sqrt 3 = .065724; infomax 3 lower, oracle 2.
    # minus source-only, which infomax puts at (.59 .61 .63): (.08 .07 .09), s = .01, half-width .024841.
    # gap: (.69 - .61) / (.92 - .61) = .258
    row = next(row for row in table.rows if row.method == 'mmd')
    assert line(row, table) == [
        *('mmd', 'MMD', '72.0 ± 6.6', '69.0 ± 6.6', '70.0 ± 6.6'),
        *('+8.0 ± 2.5', 'better', '26 %', '3'),
    ]
    cell = table.main(row)
    assert cell.accuracy is not None
    assert cell.difference is not None
    assert cell.accuracy.half_width == pytest.approx(0.0657238, abs=1e-6)
    assert cell.difference.half_width == pytest.approx(0.0248414, abs=1e-6)
    assert cell.gap_closed == pytest.approx(0.08 / 0.31)


def test_the_rule_may_be_replaced() -> None:
    rows = {'source_only': [0.6, 0.62], 'mmd': [0.7, 0.71]}
    assert table_of('last', **rows).rules == ('last', 'oracle')
    assert table_of('val/entropy', **rows).rules == ('last', 'val/entropy', 'oracle')
    with pytest.raises(UserError, match="unknown selection rule 'val/entrpy'; did you mean 'val/entropy'"):
        table_of('val/entrpy', **rows)


def test_every_family_gets_a_sentence(table: Table) -> None:
    assert sentences(table) == [
        'Adversarial: dann +17.0 ± 4.3 points: better than source-only (interval excludes zero); '
        'cdan -1.7 ± 1.4 points: worse than source-only (interval excludes zero).',
        'MMD: mmd +8.0 ± 2.5 points: better than source-only (interval excludes zero).',
        'Moments: coral +3.0 ± 6.6 points: no difference from source-only shown (interval includes zero).',
        'Style: fda +6.0 ± 0.0 points: better than source-only (interval excludes zero); '
        'reinhard -12.0 ± 2.5 points: worse than source-only (interval excludes zero).',
        'Combined: fda+dann +22.0 ± 2.5 points: better than source-only (interval excludes zero).',
    ]


def test_the_headline(table: Table) -> None:
    assert headline(table) == (
        'On street/day → street/night, fda+dann has the highest target test accuracy of 7 adaptation '
        'methods: 83.0 ± 6.6 % (selected by val/infomax), where source-only training reaches 61.0 ± 5.0 % '
        '(+22.0 ± 2.5 points, better). That is 71 % of the way to training on target labels, 92.0 ± 2.5 %.'
    )


def test_a_family_nobody_foresaw() -> None:
    records = records_of(source_only=[0.6, 0.61])
    for seed in (0, 1):
        records += history('warp', seed, 0.7, family='optimal transport')
    found = sentences(build_table(records, {'select': 'last'}))
    assert found[0].startswith('Optimal transport: warp +9.5 ± 6.4 points: better')


def test_markdown(table: Table) -> None:
    text = markdown(table)
    assert '| **+8.0 ± 2.5**  | better              | 26 %       | 3 |' in text
    assert '| target_supervised (uses target labels) |' in text
    assert '- No published figure is recorded for this pair.\n' in text
    assert '95 % Student-t interval over seeds (n = 3, n - 1 degrees of freedom)' in text
    assert '**oracle**: the highest accuracy on the *labelled* target validation split' in text
    widths = {len(row) for row in text.split('\n\n')[1].splitlines()}
    assert len(widths) == 1


def test_csv_has_fractions(table: Table) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(table))))
    assert len(rows) == len(ROWS) * 3
    mmd = next(row for row in rows if (row['method'], row['rule']) == ('mmd', 'val/infomax'))
    assert float(mmd['mean']) == pytest.approx(0.69)
    assert float(mmd['gap_closed']) == pytest.approx(0.08 / 0.31, rel=1e-12)
    assert mmd['excludes_zero'] == 'True'
    assert {row['method'] for row in rows if row['note'] == 'uses target labels'} == {'target_supervised'}


def test_json_has_what_each_rule_chose(table: Table) -> None:
    found = json.loads(json.dumps(as_dict(table), allow_nan=False))
    mmd = next(row for row in found['rows'] if row['method'] == 'mmd')
    assert [run['step'] for run in mmd['rules']['oracle']['runs']] == [200, 200, 200]
    assert [run['accuracy'] for run in mmd['rules']['last']['runs']] == [0.70, 0.71, 0.75]
    assert found['rows'][-1]['note'] == 'uses target labels'
    assert found['select'] == 'val/infomax'


def test_latex(table: Table) -> None:
    text = latex(table)
    assert r'mmd & MMD & $72.0 \pm 6.6$ & $69.0 \pm 6.6$' in text
    assert r'source\_only & Reference' in text
    assert r'target\_supervised (uses target labels)' in text
    body = [row for row in text.splitlines() if row.endswith(r'\\')]
    assert {row.count('&') for row in body} == {len(heading(table)) - 1}


def test_one_seed_has_no_plus_minus() -> None:
    table = table_of(source_only=[0.6], dann=[0.8], target_supervised=[0.9])
    text = markdown(table) + latex(table) + headline(table)
    assert '78.0 |' in text.replace('  ', '')
    assert ' ± ' not in text
    assert r'\pm' not in text
    assert 'n = 1 seed, so there is no ±: intervals need two seeds.' in text
    assert 'Adversarial: dann +18.0 points: one seed, so no interval and no verdict.' in text


def test_incomplete_rows_are_flagged() -> None:
    records = records_of(source_only=[0.6, 0.62, 0.64], dann=[0.8, 0.81])
    table = build_table(records, BENCHMARK | {'methods': dict.fromkeys(['source_only', 'dann', 'mmd'])})
    assert [line(row, table)[-1] for row in table.rows] == ['3', '2 of 3', '0 of 3']
    assert line(table.rows[2], table)[2:-1] == ['—'] * 6
    assert 'Incomplete: dann has 2 of 3 planned seeds (missing: 2).' in notes(table)
    assert 'Incomplete: mmd has 0 of 3 planned seeds (missing: 0, 1, 2).' in notes(table)
    assert table.rows[1].cells['last'].difference is not None
    assert table.rows[1].cells['last'].difference.n == 2


def test_a_run_without_a_number_is_left_out_aloud() -> None:
    records = records_of(source_only=[0.6, 0.62], dann=[0.8, 0.81])
    for each in records:
        if (each['method'], each['seed']) == ('dann', 1):
            each['scores']['val/infomax'] = math.nan
    table = build_table(records, BENCHMARK)
    cells = next(row for row in table.rows if row.method == 'dann').cells
    assert [cell.accuracy.n for cell in cells.values() if cell.accuracy] == [2, 1, 2]
    assert any(
        'Dann-seed1-0123456789ab has no number to select by val/infomax' in note for note in notes(table)
    )


def test_without_a_baseline_or_a_ceiling() -> None:
    table = table_of(dann=[0.8, 0.81])
    assert sentences(table) == ['There is no completed source_only run, so nothing can be compared with it.']
    assert line(table.rows[0], table)[5:] == ['—', '—', '—', '2 of 3']
    assert headline(table).endswith('(selected by val/infomax).')


def test_a_method_equal_to_the_baseline_shows_no_difference() -> None:
    table = table_of('last', source_only=[0.6, 0.62], dann=[0.6, 0.62])
    assert 'dann +0.0 ± 0.0 points: no difference from source-only shown' in sentences(table)[0]


def test_published_figures_get_a_column() -> None:
    records = records_of(source_only=[0.6, 0.62], dann=[0.8, 0.81])
    table = build_table(records, BENCHMARK | {'published': {'dann': 76.7}})
    assert heading(table)[-1] == 'paper'
    assert [line(row, table)[-1] for row in table.rows[:2]] == ['—', '76.7']
    assert not any('published' in note for note in notes(table))
    assert as_dict(table)['rows'][1]['published'] == pytest.approx(0.767)
    with pytest.raises(
        UserError, match=r'published figure of dann in percent, got 0\.767; correct benchmark'
    ):
        build_table(records, BENCHMARK | {'published': {'dann': 0.767}})


def test_records_without_the_reported_score_are_refused() -> None:
    records = records_of(source_only=[0.6])
    for each in records:
        del each['scores']['oracle/target_test_accuracy']
    with pytest.raises(
        RunError, match=r'expected oracle/target_test_accuracy in the records of source_only-seed0'
    ):
        build_table(records, BENCHMARK)


@pytest.mark.parametrize(
    ('fraction', 'text'), [(-0.0001, '+0.0'), (0.0, '+0.0'), (-0.1234, '-12.3'), (0.05, '+5.0')]
)
def test_a_rounded_zero_has_no_minus(fraction: float, text: str) -> None:
    assert points(fraction, signed=True) == text
