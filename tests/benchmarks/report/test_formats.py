"""The table in every format."""

import csv
import io
import json
from typing import Any

import pytest
from benchmarks_fake import ROWS, table_of

from dann.benchmarks.report.formats import as_dict, csv_text, latex, markdown
from dann.benchmarks.report.sheet import sheet
from dann.benchmarks.report.significance_words import reading
from dann.benchmarks.report.table import Table
from dann.benchmarks.report.verdicts import headline

ASKED: dict[str, Any] = {
    'title': 'Day to night',
    'source': 'street/day',
    'target': 'street/night',
    'seeds': [0, 1, 2],
}


@pytest.fixture(scope='module')
def table() -> Table:
    return table_of(None, 'val/infomax', **ASKED)


def test_markdown(table: Table) -> None:
    text = markdown(sheet(table))
    assert '| **+8.0 ± 2.5**  | better              | 26 %       | 3 |' in text
    assert '| target_supervised (uses target labels) |' in text
    assert '- No published figure is recorded for this pair.\n' in text
    assert '95 % Student-t interval over seeds (n = 3, n - 1 degrees of freedom)' in text
    assert '**oracle**: the highest accuracy on the *labelled* target validation split' in text
    widths = {len(row) for row in text.split('\n\n')[1].splitlines()}
    assert len(widths) == 1


def test_csv_has_fractions(table: Table) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(sheet(table)))))
    assert len(rows) == len(ROWS) * 3
    mmd = next(row for row in rows if (row['method'], row['rule']) == ('mmd', 'val/infomax'))
    assert float(mmd['mean']) == pytest.approx(0.69)
    assert float(mmd['gap_closed']) == pytest.approx(0.08 / 0.31, rel=1e-12)
    assert mmd['excludes_zero'] == 'True'
    assert {row['method'] for row in rows if row['note'] == 'uses target labels'} == {'target_supervised'}


def test_json_has_what_each_rule_chose(table: Table) -> None:
    found = json.loads(json.dumps(as_dict(sheet(table)), allow_nan=False))
    mmd = next(row for row in found['rows'] if row['method'] == 'mmd')
    assert [run['step'] for run in mmd['rules']['oracle']['runs']] == [200, 200, 200]
    assert [run['accuracy'] for run in mmd['rules']['last']['runs']] == [0.70, 0.71, 0.75]
    assert found['rows'][-1]['note'] == 'uses target labels'
    assert found['select'] == 'val/infomax'


def test_latex(table: Table) -> None:
    text = latex(sheet(table))
    assert r'mmd & MMD & $72.0 \pm 6.6$ & $69.0 \pm 6.6$' in text
    assert r'source\_only & Reference' in text
    assert r'target\_supervised (uses target labels)' in text
    body = [row for row in text.splitlines() if row.endswith(r'\\')]
    assert {row.count('&') for row in body} == {len(sheet(table).columns) - 1}


def test_one_seed_has_no_plus_minus() -> None:
    table = table_of(
        {'source_only': [0.6], 'dann': [0.8], 'target_supervised': [0.9]}, 'val/infomax', **ASKED
    )
    text = markdown(sheet(table)) + latex(sheet(table)) + headline(table)
    assert '78.0 |' in text.replace('  ', '')
    assert ' ± ' not in text
    assert r'\pm' not in text
    assert 'n = 1 seed, so there is no ±: intervals need two seeds.' in text
    assert 'Adversarial: dann +18.0 points: one seed, so no interval and no verdict.' in text


def test_json_has_numbers_and_their_reading(table: Table) -> None:
    content: dict[str, Any] = json.loads(json.dumps(as_dict(sheet(table)), allow_nan=False))['statistics']
    dann = content['methods'][0]
    assert dann['method'] == 'dann'
    assert dann['wilcoxon_p'] == 0.25
    assert len(dann['bootstrap']) == 2
    assert content['reading'] == reading(table.comparisons)


def test_without_a_baseline_there_is_no_block() -> None:
    table = table_of({'dann': [0.8, 0.81]})
    assert table.comparisons == ()
    assert '**Statistics**' not in markdown(sheet(table))
    assert as_dict(sheet(table))['statistics'] == {'methods': [], 'reading': []}
