"""The table of a target without labels, from records whose every number is known."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks_fake import write_folder
from unlabelled_fake import write_unlabelled

from dann.benchmarks.report.table import Tested
from dann.benchmarks.report.unlabelled import ESTIMATES, Ranking, Standing, build_ranking
from dann.benchmarks.results.opened import Results
from dann.core.errors import UserError
from dann.core.validator import estimators
from dann.stats.intervals import Estimate, estimate


def ranking(folder: Path, rule: str | None = None) -> Ranking:
    return build_ranking(Results.open(folder), rule)


def same(found: Estimate | None, *values: float) -> bool:
    expected = estimate(values)
    return found is not None and found.mean == pytest.approx(expected.mean) and found.n == expected.n


def test_rows_are_ranked_by_the_score_at_what_the_rule_chose(tmp_path: Path) -> None:
    table = ranking(write_unlabelled(tmp_path))
    assert [row.method for row in table.rows] == ['dann', 'source_only', 'mmd']
    standings = {row.method: table.standing(row) for row in table.rows}
    assert same(standings['dann'].score, 0.50, 0.54)
    assert same(standings['dann'].estimates['ATC'], 0.70, 0.74)
    assert same(standings['mmd'].estimates['DoC'], 0.50, 0.56)
    assert same(standings['source_only'].estimates['COT'], 0.40, 0.42)
    assert {record['step'] for record in table.main(table.rows[0]).chosen.values()} == {100}


def test_agreement_is_that_of_the_test_predictions(tmp_path: Path) -> None:
    table = ranking(write_unlabelled(tmp_path))
    found = {row.method: table.standing(row) for row in table.rows}
    # most rows say 0, 1, 1, 0
    assert same(found['source_only'].majority, 3 / 4, 3 / 4)
    assert same(found['dann'].majority, 3 / 4, 3 / 4)
    assert same(found['mmd'].majority, 3 / 4, 3 / 4)
    assert same(found['source_only'].baseline, 1, 1)
    assert same(found['dann'].baseline, 2 / 4, 2 / 4)
    assert same(found['mmd'].baseline, 2 / 4, 2 / 4)


def test_no_row_has_an_accuracy_or_a_test(tmp_path: Path) -> None:
    table = ranking(write_unlabelled(tmp_path))
    assert all(table.main(row).accuracy is None for row in table.rows)
    assert table.comparisons == ()
    assert table.ceiling is None
    assert table.rules == ('val/infomax',)
    assert table.best is not None
    assert table.best.method == 'dann'
    assert [row.method for row in table.adapted] == ['dann', 'mmd']


def test_what_was_not_kept_or_run_is_absent(tmp_path: Path) -> None:
    folder = write_unlabelled(tmp_path, methods={'source_only': {}, 'dann': {}, 'mmd': {}, 'coral': {}})
    for job in (folder / 'jobs').glob('mmd-*'):
        shutil.rmtree(job / 'views')
    table = ranking(folder)
    assert [row.method for row in table.rows] == ['dann', 'source_only', 'mmd', 'coral']
    standing = {row.method: table.standing(row) for row in table.rows}
    assert (standing['mmd'].majority, standing['mmd'].baseline) == (None, None)
    assert standing['coral'] == Standing()
    assert table.rows[-1].missing == (0, 1)


def test_the_last_step_has_no_score_to_rank_by(tmp_path: Path) -> None:
    table = ranking(write_unlabelled(tmp_path), 'last')
    assert [row.method for row in table.rows] == ['source_only', 'dann', 'mmd']  # as they were asked for
    assert table.best is None
    assert same(table.standing(table.rows[1]).estimates['ATC'], 0.60, 0.64)


@pytest.mark.parametrize('rule', ['oracle', 'oracle/target_val_accuracy'])
def test_a_rule_that_reads_labels_is_refused(rule: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f'^{rule} reads target labels, which street/night lacks; choose by'):
        ranking(write_unlabelled(tmp_path), rule)


def test_an_unknown_rule_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="did you mean 'val/infomax'"):
        ranking(write_unlabelled(tmp_path), 'val/infomx')


def test_a_folder_says_whether_its_target_has_labels(tmp_path: Path) -> None:
    assert Results.open(write_unlabelled(tmp_path / 'without')).unlabelled
    assert not Results.open(write_folder(tmp_path / 'with', {'dann': [0.8]}, pictures=False)).unlabelled


def test_the_estimates_are_those_that_are_computed() -> None:
    assert sorted(ESTIMATES.values()) == [f'val/{rule.name}' for rule in estimators()]
    assert sorted(ESTIMATES, key=str.lower) == [type(rule).__name__ for rule in estimators()]


def test_the_transductive_setting_is_in_the_heading(tmp_path: Path) -> None:
    table = ranking(write_unlabelled(tmp_path))
    assert 'transductive' not in table.figures + table.caption
    named = replace(table, tested=Tested(40, 40, transductive=True))
    for text in (named.figures, named.caption):
        assert 'transductive: on all 40 target samples' in text
