"""Domains that no training saw have a column where records have their scores, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from benchmarks_fake import records_of, write_folder, write_job

from dann.benchmarks import open_report
from dann.benchmarks.report.beyond import unseen_columns, unseen_grid, unseen_scores, unseen_sentences
from dann.benchmarks.report.formats import as_dict, csv_text, markdown
from dann.benchmarks.report.sheet import sheet
from dann.benchmarks.report.table import Table
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.results.records import Record

ROWS = {'source_only': (0.6, 0.62, 0.64), 'dann': (0.7, 0.73, 0.76), 'mmd': (0.6, 0.6, 0.6)}
SNOW = {'source_only': (0.1, 0.2, 0.3), 'dann': (0.3, 0.4, 0.5), 'mmd': (0.05, 0.15, 0.25)}
FOG = {'source_only': (0.5, 0.5, 0.5), 'dann': (0.4, 0.6, 0.5)}


def records(**unseen: Mapping[str, tuple[float, ...]]) -> list[Record]:
    found = records_of(ROWS)
    for record in found:
        for name, rows in unseen.items():
            if record['method'] in rows:
                # an evaluation before the last is known by another figure
                value = rows[record['method']][record['seed']] if record['step'] == record['steps'] else 0.0
                record['scores'][f'oracle/unseen/street/{name}/accuracy'] = value
    return found


def table(rule: str = 'last', **unseen: Mapping[str, tuple[float, ...]]) -> Table:
    return build_table(records(**unseen), {'select': rule, 'methods': dict.fromkeys(ROWS)})


def test_names_with_slashes_are_told_from_other_scores() -> None:
    scores = {'oracle/unseen/a/b/accuracy': 0.5, 'oracle/group/unseen/accuracy': 0.1, 'oracle/unseen_x': 0.2}
    assert unseen_scores(scores) == {'a/b': 'oracle/unseen/a/b/accuracy'}


def test_means_and_paired_differences_by_hand() -> None:
    found = table(snow=SNOW)
    assert unseen_columns(found) == ['street/snow']
    assert unseen_grid(found) == [
        ['method', 'street/snow', 'vs source-only'],
        ['source_only', '20.0 ± 24.8', '—'],
        ['dann', '40.0 ± 24.8', '**+20.0 ± 0.0**'],
        ['mmd', '15.0 ± 24.8', '**-5.0 ± 0.0**'],
    ]


def test_it_is_read_at_the_evaluation_that_the_rule_chooses() -> None:
    assert unseen_grid(table('val/infomax', snow=SNOW))[2][1] == '0.0 ± 0.0'


def test_sentences_say_whether_adaptation_helps_there() -> None:
    assert unseen_sentences(table(snow=SNOW, fog=FOG)) == [
        'Beyond the target, on street/snow, of 2 rows against source-only: better dann +20.0 ± 0.0 points; '
        'worse mmd -5.0 ± 0.0 points (intervals exclude zero).',
        'Beyond the target, on street/fog, of 1 row against source-only: no interval excludes zero.',
    ]
    single = [record for record in records(snow=SNOW) if record['seed'] == 0]
    alone = build_table(single, {'select': 'last', 'methods': dict.fromkeys(ROWS)})
    assert unseen_sentences(alone)[0].endswith(
        'of 2 rows against source-only: one seed, so no interval and no verdict.'
    )
    nothing = {'source_only': SNOW['source_only']}
    assert unseen_sentences(table(snow=nothing)) == []


def test_every_format_has_them(tmp_path: Path) -> None:
    printed = sheet(table(snow=SNOW))
    assert '| street/snow ' in markdown(printed)
    assert 'On domains that no training saw, accuracy in %' in markdown(printed)
    header = csv_text(printed).splitlines()[0].split(',')
    assert {'unseen_street/snow', 'unseen_street/snow_difference_half_width'} <= {*header}
    cell = as_dict(printed)['rows'][1]['rules']['last']
    assert cell['unseen_street/snow'] == pytest.approx(0.4)
    assert cell['unseen_street/snow_difference'] == pytest.approx(0.2)
    write_folder(tmp_path, {}, pictures=False)
    every = records(snow=SNOW)
    for run in {record['run'] for record in every}:
        write_job(tmp_path, [record for record in every if record['run'] == run], pictures=False)
    open_report(tmp_path).write()
    page = (tmp_path / 'report.html').read_text()
    assert 'Beyond the target: domains that no training saw' in page
    assert '<th scope="col" class="number">street/snow</th>' in page


def test_a_table_without_them_says_nothing_of_them() -> None:
    assert unseen_grid(table()) == []
    assert 'unseen' not in csv_text(sheet(table()))
    assert 'no training saw' not in markdown(sheet(table()))
    assert not any('Beyond' in sentence for sentence in sheet(table()).sentences)
