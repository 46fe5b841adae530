"""The table in words."""

from typing import Any

import pytest
from benchmarks_fake import history, records_of, table_of, with_source

from dann.benchmarks.report.sheet import sheet
from dann.benchmarks.report.table import Table
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.report.verdicts import headline, notes, sentences
from dann.datasets.pair import SOURCE_TESTED

ASKED: dict[str, Any] = {
    'title': 'Day to night',
    'source': 'street/day',
    'target': 'street/night',
    'seeds': [0, 1, 2],
}


@pytest.fixture(scope='module')
def table() -> Table:
    return table_of(None, 'val/infomax', **ASKED)


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


def test_forgetting_is_said_of_the_rows_whose_interval_excludes_zero() -> None:
    rows = {'source_only': [0.6, 0.62, 0.64], 'dann': [0.8, 0.81, 0.8], 'mmd': [0.7, 0.71, 0.7]}
    source = {'source_only': (0.98, 0.97, 0.99), 'dann': (0.95, 0.95, 0.95), 'mmd': (0.97, 0.98, 0.98)}
    table = build_table(with_source(records_of(rows), source), ASKED)
    said = 'points of accuracy on the source test split, against source-only'
    assert sentences(table)[-1] == f'Forgetting: dann -3.0 ± 2.5 {said} (interval excludes zero).'
    source |= {'mmd': (0.93, 0.92, 0.94)}
    table = build_table(with_source(records_of(rows), source), ASKED)
    assert sentences(table)[-1] == (
        f'Forgetting: dann -3.0 ± 2.5, mmd -5.0 ± 0.0 {said} (intervals exclude zero).'
    )
    source |= {'mmd': (0.99, 0.98, 1.0), 'dann': (0.98, 0.98, 0.98)}
    table = build_table(with_source(records_of(rows), source), ASKED)
    assert not any('Forgetting' in sentence for sentence in sentences(table))


def test_the_note_on_forgetting_states_how_many_images_are_scored() -> None:
    rows, source = {'source_only': [0.6], 'dann': [0.8]}, {'source_only': (0.98,), 'dann': (0.95,)}
    found = notes(build_table(with_source(records_of(rows), source), ASKED | {'select': 'val/infomax'}))
    (note,) = [
        note for note in found if note.startswith('**source kept** shows forgetting: accuracy on the source')
    ]
    assert f'(at most {SOURCE_TESTED:,} of its images, drawn by seed)' in note
    assert 'at the evaluation that val/infomax chooses. Below zero, adaptation has cost accuracy' in note
    assert not any('rests on' in note for note in found)


def test_the_headline(table: Table) -> None:
    assert headline(table) == (
        'On street/day → street/night, fda+dann has the highest target test accuracy of 7 adaptation '
        'methods: 83.0 ± 6.6 % (selected by val/infomax), where source-only training reaches 61.0 ± 5.0 % '
        '(+22.0 ± 2.5 points, better). That is 71 % of the way to training on target labels, 92.0 ± 2.5 %.'
    )


def test_a_family_nobody_foresaw() -> None:
    records = records_of({'source_only': [0.6, 0.61]})
    for seed in (0, 1):
        records += history('warp', seed, 0.7, family='optimal transport')
    found = sentences(build_table(records, {'select': 'last'}))
    assert found[0].startswith('Optimal transport: warp +9.5 (+9.0, +10.0) points: better')


def test_without_a_baseline_or_a_ceiling() -> None:
    table = table_of({'dann': [0.8, 0.81]}, 'val/infomax', **ASKED)
    assert sentences(table) == ['There is no completed source_only run, so nothing can be compared with it.']
    assert sheet(table).lines[0].texts[5:] == ['—', '—', '—', '2 of 3']
    assert headline(table).endswith('(selected by val/infomax).')


def test_a_method_equal_to_the_baseline_shows_no_difference() -> None:
    table = table_of({'source_only': [0.6, 0.62], 'dann': [0.6, 0.62]})
    assert 'dann +0.0 (+0.0, +0.0) points: no difference from source-only shown' in sentences(table)[0]


def batch_norm_note(**policies: str) -> list[str]:
    records = records_of({name: [0.6] for name in ('source_only', 'dann', 'mmd', 'coral')})
    for each in records:
        if each['method'] in policies:
            each['batch_norm'] = policies[each['method']]
    return [note for note in notes(build_table(records, ASKED)) if note.startswith('Batch norm: ')]


def test_the_policy_of_batch_norm_is_noted_where_records_have_it() -> None:
    assert batch_norm_note() == []
    (alike,) = batch_norm_note(source_only='joint', dann='joint', mmd='joint')
    assert alike.startswith('Batch norm: joint for all rows. ')
    (mixed,) = batch_norm_note(source_only='joint', dann='joint', mmd='separate', coral='domain_specific')
    assert mixed.startswith('Batch norm: domain specific for coral; separate for mmd; joint for the others. ')
