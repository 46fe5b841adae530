"""Every row has the same budget, and an interrupted search goes on as if it had not stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from searching import ROWS, Runner, asked, found, summary

from dann.benchmarks.plan.grid import Benchmark
from dann.search.loop import search
from dann.search.results import markdown


@pytest.mark.parametrize('kind', ['random', 'tpe'])
def test_every_method_has_the_same_number_of_trials_and_trial_0_is_the_row(tmp_path: Path, kind: str) -> None:
    runner = Runner()
    rows = found(asked(trials=13, sampler=kind), tmp_path, runner)
    assert {row.name: len(row.outcomes) for row in rows} == {'source_only': 1, 'mmd': 13, 'fda+dann': 13}
    assert len(runner.ran) == 2 * (1 + 13 + 13)
    assert all(row.outcomes[0].trial.config == ROWS[row.name] for row in rows)
    assert all(len(each.scores) == 2 for row in rows for each in row.outcomes)


def test_trials_reach_the_runner_in_parts_that_a_machine_can_hold(tmp_path: Path) -> None:
    sizes, leave = [], Runner()

    def runner(grid: Benchmark, folder: Path) -> dict[str, str]:
        sizes.append(len(grid.methods))
        return leave(grid, folder)

    search(asked(trials=40, seeds=1), tmp_path, runner, lambda _: '')
    assert sizes == [32, 32, 17]


def test_the_best_trial_has_the_highest_mean_and_the_first_of_equals_wins(tmp_path: Path) -> None:
    row = found(asked(), tmp_path)[1]
    scores = [np.mean(list(each.scores.values())) for each in row.outcomes]
    assert row.best is row.outcomes[int(np.argmax(scores))]
    row.outcomes = [row.outcomes[0], row.outcomes[0], *row.outcomes]
    best_of_equals = row.best
    assert best_of_equals is not None
    assert best_of_equals.score == max(scores)


@pytest.mark.parametrize('kind', ['random', 'tpe'])
def test_an_interrupted_search_continues_with_the_same_draws_and_repeats_no_run(
    tmp_path: Path, kind: str
) -> None:
    budget = asked(trials=13, sampler=kind)
    whole = found(budget, tmp_path / 'whole')
    first, second = Runner(stop=37), Runner()
    with pytest.raises(KeyboardInterrupt):
        found(budget, tmp_path / 'killed', first)
    again = found(budget, tmp_path / 'killed', second)
    assert summary(again) == summary(whole)
    assert not set(first.ran) & set(second.ran)
    assert markdown(again, budget) == markdown(whole, budget)
    third = Runner()
    found(budget, tmp_path / 'killed', third)
    assert third.ran == []


def test_more_trials_go_on_from_fewer(tmp_path: Path) -> None:
    few, many = asked(trials=12, sampler='tpe'), asked(trials=17, sampler='tpe')
    first = found(few, tmp_path)
    runner = Runner()
    assert [each[:12] for each in summary(found(many, tmp_path, runner))] == summary(first)
    assert len(runner.ran) == 2 * 2 * 5


def test_options_that_do_not_go_together_are_a_failed_trial_that_is_not_run(tmp_path: Path) -> None:
    runner = Runner()
    rows = found(asked(), tmp_path, runner, lambda grid: 'too many' if 'mmd~003' in grid.methods else '')
    assert rows[1].outcomes[3].failed == 'too many'
    assert not any(name.startswith('mmd~003') for name in runner.ran)
