"""The table in every format."""

import csv
import io
import json
from typing import Any

import pytest
from benchmarks_fake import ROWS, records_of, table_of, with_source

from dann.benchmarks.report.formats import as_dict, csv_text, latex, markdown
from dann.benchmarks.report.sheet import sheet
from dann.benchmarks.report.significance_words import reading
from dann.benchmarks.report.table import Table
from dann.benchmarks.report.table_builder import build_table
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


def test_every_format_has_the_accuracy_on_the_source() -> None:
    rows = {name: ROWS[name][1] for name in ('source_only', 'dann', 'target_supervised')}
    source = {'source_only': (0.98, 0.97, 0.99), 'dann': (0.95, 0.95, 0.95)}
    found = sheet(build_table(with_source(records_of(rows), source), ASKED | {'select': 'val/infomax'}))
    assert '| **-4.0 ± 2.5** |' in markdown(found)
    assert '- Forgetting: dann -4.0 ± 2.5 points' in markdown(found)
    assert r'gap closed & source kept & n \\' in latex(found)
    assert r'& $98.0 \pm 2.5$ & 3 \\' in latex(found)
    lines = {(line['method'], line['rule']): line for line in csv.DictReader(io.StringIO(csv_text(found)))}
    dann = lines['dann', 'val/infomax']
    assert float(dann['source_mean']) == pytest.approx(0.94)
    assert float(dann['source_difference']) == pytest.approx(-0.04)
    assert float(dann['source_difference_half_width']) == pytest.approx(0.0248414, abs=1e-6)
    assert (dann['source_n'], dann['source_difference_n'], dann['source_excludes_zero']) == ('3', '3', 'True')
    assert lines['target_supervised', 'last']['source_mean'] == ''
    cell = next(row for row in as_dict(found)['rows'] if row['method'] == 'dann')['rules']['last']
    assert cell['source_difference'] == pytest.approx(-0.03)
    assert [run['source_accuracy'] for run in cell['runs']] == [0.95, 0.95, 0.95]


def test_without_such_records_no_format_mentions_it(table: Table) -> None:
    found = sheet(table)
    texts = markdown(found) + latex(found)
    assert 'source kept' not in texts
    assert 'source_' not in csv_text(found).splitlines()[0]
    content = as_dict(found)['rows'][0]['rules']['last']
    assert not [key for key in [*content, *content['runs'][0]] if key.startswith('source_')]


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
