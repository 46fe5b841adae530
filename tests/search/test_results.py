"""What a search leaves: a table, its trials, and a benchmark that states its budget."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import yaml
from benchmarks_fake import write_folder
from harness import configuration
from searching import ROWS, Runner, asked, found, summary

from dann.benchmarks.plan.grid import benchmark
from dann.benchmarks.report.report import BenchmarkReport
from dann.search.plan import plan
from dann.search.results import best, markdown, write_results


@pytest.mark.parametrize('oracle', [0.5, 0.0, math.nan])
def test_what_target_labels_say_changes_nothing(tmp_path: Path, oracle: float) -> None:
    files = []
    for folder, factor in ((tmp_path / 'a', 1.0), (tmp_path / 'b', oracle)):
        rows = found(asked(), folder, Runner(oracle=factor))
        write_results(rows, asked(), configuration(methods=ROWS), folder)
        files.append([(folder / name).read_bytes() for name in ('best.yaml', 'search.json', 'table.md')])
    assert files[0] == files[1]


def test_a_run_without_an_outcome_stops_its_row_until_it_is_repeated(tmp_path: Path) -> None:
    config = configuration(methods=ROWS)
    rows = found(asked(), tmp_path, Runner(fails=lambda job: job.method == 'mmd~002'))
    assert [len(row.outcomes) for row in rows] == [1, 2, 6]
    assert 'no memory' in rows[1].stopped
    assert list(best(rows, asked(), config)['methods']) == ['source_only', 'fda+dann', 'target_supervised']
    assert 'mmd stopped after 2 trials' in markdown(rows, asked())
    again = found(asked(), tmp_path)
    assert summary(again) == summary(found(asked(), tmp_path / 'whole'))


def test_a_row_whose_every_trial_fails_is_not_in_the_result(tmp_path: Path) -> None:
    rows = found(asked(), tmp_path, Runner(broken=lambda job: job.method.startswith('mmd')))
    assert 'mmd' not in best(rows, asked(), configuration(methods=ROWS))['methods']
    assert 'Every trial of mmd failed' in markdown(rows, asked())


def test_the_best_is_a_benchmark_that_states_its_budget(tmp_path: Path) -> None:
    rows = found(asked(), tmp_path)
    write_results(rows, asked(), configuration(methods=ROWS), tmp_path)
    config = yaml.safe_load((tmp_path / 'best.yaml').read_text())
    grid = benchmark('best', config)
    budget = {'trials': 6, 'seeds': 2, 'steps': 20, 'select': 'val/infomax', 'sampler': 'random', 'seed': 0}
    assert grid.search == config['search'] == grid.protocol['search'] == budget
    assert list(grid.methods) == list(ROWS)
    for row in rows:
        assert row.best is not None
        assert grid.methods[row.name] == row.best.trial.config
    assert not set(grid.seeds) & set(asked().seeds)


def test_only_the_rows_that_were_searched_are_in_it(tmp_path: Path) -> None:
    grid = benchmark('toy', configuration(methods=ROWS), methods=['mmd'])
    budget = plan(grid, trials=2, seeds=1, sampler='random', seed=0, rule='val/infomax')
    rows = found(budget, tmp_path)
    assert list(best(rows, budget, configuration(methods=ROWS))['methods']) == ['mmd', 'target_supervised']


def test_the_table_says_what_was_searched_at_what_cost(tmp_path: Path) -> None:
    text = markdown(found(asked(), tmp_path, Runner(broken=lambda job: job.method == 'mmd~002')), asked())
    line = next(line for line in text.splitlines() if line.startswith('| mmd'))
    cells = [cell.strip() for cell in line.strip('|').split('|')]
    assert cells[1:3] == ['6', '1']
    assert cells[-1] == f'{6 * 2 * 20 / 60:.1f}'
    assert '6 trials x 2 seeds x 20 steps' in text
    assert 'one trial alone: source_only.' in text
    assert 'so not searched: target_supervised.' in text
    assert 'No target label was read.' in text


def test_the_table_of_a_benchmark_states_the_budget_of_its_search(tmp_path: Path) -> None:
    budget = asked(trials=20).budget
    plain = BenchmarkReport.open(write_folder(tmp_path / 'plain', pictures=False)).text
    folder = write_folder(tmp_path / 'searched', benchmark={'search': budget}, pictures=False)
    text = BenchmarkReport.open(folder).text
    assert 'searched with 20 trials x 2 seeds x 20 steps' in text
    assert 'no target label was read' in text
    assert 'were searched' not in plain
