"""The search for hyper-parameters: ranges, equal budgets, no target label, and the same after an interruption."""

from __future__ import annotations

import math
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from benchmarks_fake import record, write_folder
from harness import configuration

from dann.benchmarks.plan.grid import Benchmark, benchmark, digest
from dann.benchmarks.report.formats import markdown as table_markdown
from dann.benchmarks.report.report import load
from dann.benchmarks.results.records import append
from dann.core.errors import UserError
from dann.core.search_space import Categorical, Float, Int, Values
from dann.engine.catalogue import rows as catalogue
from dann.search import sampler as sampler_module
from dann.search.loop import RowSearch, search
from dann.search.plan import Plan, plan
from dann.search.results import best, markdown, write_results
from dann.search.sampler import Draws, Option, rounds
from dann.search.space import filled, space

ROWS: dict[str, Any] = {
    'source_only': {},
    'mmd': {'alignment': 'MMD'},
    'fda+dann': {'style': 'FDA', 'alignment': {'class_path': 'DANN', 'init_args': {'entropy': True}}},
    'target_supervised': {'reference': True},
}
LINE = Option(Float(0.0, 1.0), 0.5)


def asked(rows: Mapping[str, Any] = ROWS, **changes: Any) -> Plan:
    budget: dict[str, Any] = {
        'trials': 6,
        'seeds': 2,
        'sampler': 'random',
        'seed': 0,
        'rule': 'val/infomax',
    } | changes
    return plan(benchmark('toy', configuration(methods=deepcopy(dict(rows)))), **budget)


class Runner:
    """Leaves the records of a run whose score is a function of its configuration.

    Args:
        oracle: Factor on what target labels say, which must change nothing.
        stop: Jobs after which it is interrupted.
        broken: Whether the numbers of a job break.
        fails: Whether a job fails in another way.
    """

    def __init__(self, oracle: float = 1.0, stop: int = 10**6, broken: Any = None, fails: Any = None) -> None:
        self.oracle, self.stop, self.broken, self.fails = oracle, stop, broken, fails
        self.ran: list[str] = []

    def __call__(self, grid: Benchmark, folder: Path) -> dict[str, str]:
        failed = {}
        for job in grid.jobs():
            run = folder / 'jobs' / job.name
            if (run / 'done').exists():
                continue
            if len(self.ran) == self.stop:
                raise KeyboardInterrupt
            self.ran.append(job.name)
            if self.fails and self.fails(job):
                failed[job.name] = 'no memory'
                continue
            run.mkdir(parents=True)
            value = int(digest([job.config['model'], job.seed]), 16) % 1000 / 1000
            for step in (10, 20):
                scores = {
                    'val/infomax': value - step / 1e4,
                    'oracle/target_val_accuracy': self.oracle * value,
                    'oracle/target_test_accuracy': -self.oracle * value,
                }
                append(run / 'records.jsonl', record(job.method, job.seed, step, scores=scores, seconds=step))
            name = 'broken' if self.broken and self.broken(job) else 'done'
            (run / name).write_text('loss/x became nan\n')
        return failed


def found(asked_for: Plan, folder: Path, runner: Runner | None = None, check: Any = None) -> list[RowSearch]:
    return search(asked_for, folder, runner or Runner(), check or (lambda _: ''))


def summary(rows: list[RowSearch]) -> Any:
    return [[(each.trial.values, each.scores, each.failed) for each in row.outcomes] for row in rows]


# what is searched


def test_every_part_is_searched_under_its_own_name_and_what_the_row_sets_is_kept() -> None:
    assert list(space(ROWS['fda+dann'])) == [
        'alignment.weight',
        'alignment.hidden',
        'style.weight',
        'style.beta',
    ]
    assert set(space({'class_path': 'MIC', 'alignment': 'MCC'})) == {
        *(f'model.{name}' for name in ('weight', 'ratio', 'block', 'decay')),
        *(f'alignment.{name}' for name in ('weight', 'temperature')),
    }
    assert 'model.steps' not in space({'class_path': 'MCD', 'steps': 2})
    assert 'model.steps' not in space({'class_path': 'MCD', 'init_args': {'steps': 2}})


def test_the_members_of_a_sum_are_searched_each_under_its_class() -> None:
    members = ['DANN', {'class_path': 'BSP', 'init_args': {'count': 2}}]
    row = {'alignment': {'class_path': 'Together', 'init_args': {'alignments': members}}}
    names = [
        'alignment.DANN.weight',
        'alignment.DANN.hidden',
        'alignment.DANN.entropy',
        'alignment.BSP.weight',
    ]
    assert list(space(row)) == names
    full = filled(row, {'alignment.BSP.weight': 0.001})
    assert full['alignment']['init_args']['alignments'] == [
        {'class_path': 'DANN', 'init_args': {}},
        {'class_path': 'BSP', 'init_args': {'count': 2, 'weight': 0.001}},
    ]
    twice = {'alignment': {'class_path': 'Together', 'init_args': {'alignments': ['CORAL', 'CORAL']}}}
    assert list(space(twice)) == ['alignment.CORAL-0.weight', 'alignment.CORAL-1.weight']


@pytest.mark.parametrize('name', ['source_only', 'target_supervised'])
def test_a_row_without_ranges_has_nothing_to_search(name: str) -> None:
    assert space(ROWS[name]) == {}
    assert filled(ROWS[name], {}) == ROWS[name]


@pytest.mark.parametrize('name', ['dann', 'dann+e', 'mic+cdan', 'bsp+dann', 'cycada+dann', 'shot'])
def test_a_filled_row_runs_as_the_row_with_those_values(name: str) -> None:
    row = catalogue()[name]
    before = deepcopy(row)
    values = {key: option.default for key, option in space(row).items()}
    plain, full = (
        benchmark('toy', configuration(methods={name: each})).config(name, 0)['model']
        for each in (row, filled(row, values))
    )
    assert row == before
    assert full['class_path'] == plain['class_path']
    assert full['init_args'].keys() >= plain['init_args'].keys()
    assert set(space(filled(row, values))) == set()


# draws


def assert_inside(where: Values, value: Any) -> None:
    if isinstance(where, Categorical):
        assert value in where.options
    else:
        assert where.low <= value <= where.high
        assert isinstance(value, int) == isinstance(where, Int)


@pytest.mark.parametrize('kind', ['random', 'tpe'])
def test_draws_of_the_whole_catalogue_stay_in_their_ranges(kind: str) -> None:
    for name, row in catalogue().items():
        options = space(row)
        draws = Draws(options, kind, 3, name)
        draws.tell(0, 0.5)
        for number in range(1, 14):
            values = draws.ask(number)
            assert values.keys() == options.keys()
            for key, value in values.items():
                assert_inside(options[key].where, value)
            draws.tell(number, number / 10)


def test_a_logarithmic_range_has_as_many_draws_in_every_decade() -> None:
    draws = Draws({'x': Option(Float(1e-4, 1.0, log=True), 0.1)}, 'random', 0, 'row')
    decades = [math.floor(math.log10(draws.ask(number)['x'])) for number in range(1, 801)]
    counts = np.unique(np.minimum(decades, -1), return_counts=True)[1]
    assert len(counts) == 4
    assert (abs(counts - 200) < 60).all()


def test_a_linear_range_and_whole_numbers_are_uniform() -> None:
    options = {'x': LINE, 'n': Option(Int(1, 4), 1), 'c': Option(Categorical(([1], [2, 3])), [1])}
    drawn = [Draws(options, 'random', 0, f'row {index}').ask(1) for index in range(400)]
    assert abs(np.mean([values['x'] for values in drawn]) - 0.5) < 0.06
    assert min(np.bincount([values['n'] for values in drawn])[1:]) > 60
    assert 150 < sum(values['c'] == [1] for values in drawn) < 250
    assert all(float(f'{values["x"]:.4g}') == values['x'] for values in drawn)


@pytest.mark.parametrize('kind', ['random', 'tpe'])
def test_draws_repeat_with_the_seed_and_differ_between_rows(kind: str) -> None:
    def drawn(seed: int, row: str, sign: int = 1) -> list[dict[str, Any]]:
        draws = Draws({'x': LINE, 'y': LINE}, kind, seed, row)
        values: list[dict[str, Any]] = []
        for numbers in rounds(25, kind):
            asked_for = {number: draws.ask(number) for number in numbers if number}
            for number in numbers:
                draws.tell(number, sign * asked_for[number]['x'] if number else 0.5)
            values += asked_for.values()
        return values

    assert drawn(0, 'a') == drawn(0, 'a')
    assert drawn(0, 'a')[0] != drawn(1, 'a')[0]
    assert drawn(0, 'a')[0] != drawn(0, 'b')[0]
    assert (drawn(0, 'a') == drawn(0, 'a', sign=-1)) == (kind == 'random')


@pytest.mark.parametrize('failing', [False, True])
def test_tpe_learns_from_scores_and_from_failures(failing: bool) -> None:
    draws, late = Draws({'x': LINE}, 'tpe', 0, 'row'), []
    for numbers in rounds(60, 'tpe'):
        values = {number: draws.ask(number)['x'] for number in numbers if number}
        for number, x in values.items():
            draws.tell(number, math.nan if failing and x > 0.5 else -abs(x - 0.2))
        late += [x for number, x in values.items() if number >= 40]
    assert abs(np.median(late) - 0.2) < 0.1


def test_rounds_hold_every_trial_once_and_more_trials_only_add_to_them() -> None:
    assert rounds(20, 'random') == [range(20)]
    assert rounds(1, 'tpe') == [range(1)]
    for trials in range(1, 40):
        assert [number for each in rounds(trials, 'tpe') for number in each] == list(range(trials))
        whole = [each for each in rounds(trials, 'tpe') if each in rounds(40, 'tpe')]
        assert len(rounds(trials, 'tpe')) - len(whole) <= 1


def test_without_optuna_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__('sys').modules, 'optuna', None)
    with pytest.raises(UserError, match=r"pip install -e '\.\[search\]'"):
        sampler_module.installed()


# what may be asked


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'rule': 'oracle'}, 'oracle reads target labels'),
        ({'rule': 'oracle/target_val_accuracy'}, 'reads target labels'),
        ({'rule': 'oracle/target_val_accuracy+guard'}, 'reads target labels'),
        ({'rule': 'last'}, 'without a score'),
        ({'rule': 'loss/source'}, 'begins with val/'),
        ({'sampler': 'tpr'}, "did you mean 'tpe'"),
        ({'trials': 0}, '`trials`'),
        ({'seeds': 0}, '`seeds`'),
        ({'steps': 0}, '`steps`'),
        ({'seed': -1}, '`seed`'),
    ],
)
def test_senseless_requests_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        asked(**changes)


def test_no_search_seed_is_one_of_the_benchmarks() -> None:
    grid = benchmark('toy', configuration(seeds=[0, 1000, 1002]))
    searched = plan(grid, trials=1, seeds=3, sampler='random', seed=0, rule='val/infomax')
    assert searched.seeds == (1001, 1003, 1004)
    assert asked().seeds == (1000, 1001)


def test_a_guard_belongs_to_the_rule_and_not_to_the_score() -> None:
    guarded = asked(rule='val/infomax+guard')
    assert (guarded.rule, guarded.score) == ('val/infomax+guard', 'val/infomax')


# the search itself


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


@pytest.mark.parametrize('oracle', [-1.0, 0.0, math.nan])
def test_what_target_labels_say_changes_nothing(tmp_path: Path, oracle: float) -> None:
    files = []
    for folder, factor in ((tmp_path / 'a', 1.0), (tmp_path / 'b', oracle)):
        rows = found(asked(), folder, Runner(oracle=factor))
        write_results(rows, asked(), configuration(methods=ROWS), folder)
        files.append([(folder / name).read_bytes() for name in ('best.yaml', 'search.json', 'table.md')])
    assert files[0] == files[1]


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


def test_numbers_that_break_are_a_failed_trial_and_are_not_run_again(tmp_path: Path) -> None:
    runner = Runner(broken=lambda job: job.method == 'mmd~002' and job.seed == 1001)
    row = found(asked(sampler='tpe'), tmp_path, runner)[1]
    assert row.outcomes[2].failed == 'seed 1001: loss/x became nan'
    assert math.isnan(row.outcomes[2].score)
    assert len(row.outcomes) == 6
    assert row.best is not row.outcomes[2]
    again = Runner()
    found(asked(sampler='tpe'), tmp_path, again)
    assert again.ran == []


def test_options_that_do_not_go_together_are_a_failed_trial_that_is_not_run(tmp_path: Path) -> None:
    runner = Runner()
    rows = found(asked(), tmp_path, runner, lambda grid: 'too many' if 'mmd~003' in grid.methods else '')
    assert rows[1].outcomes[3].failed == 'too many'
    assert not any(name.startswith('mmd~003') for name in runner.ran)


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


# what it leaves


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


def test_a_benchmark_without_a_search_has_the_protocol_it_always_had() -> None:
    grid = benchmark('toy', configuration())
    assert set(grid.protocol) == {'version', 'epochs', 'name', 'steps', 'model', 'data', 'trainer'}
    searched = benchmark('toy', configuration(search=asked().budget))
    assert searched.protocol == grid.protocol | {'search': asked().budget}
    assert {job.name for job in grid.jobs()}.isdisjoint(job.name for job in searched.jobs())


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'trial': 3}, "did you mean 'search: trials'"),
        ({'trials': 0}, '`search: trials` to be a whole number'),
        ({'trials': True}, '`search: trials`'),
        ({'select': None}, '`search: select` to be text'),
        ({'seed': -1}, '`search: seed`'),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        benchmark('toy', configuration(search=asked().budget | changes))


def test_a_seed_of_zero_is_a_seed() -> None:
    assert benchmark('toy', configuration(search=asked(seed=0).budget)).search['seed'] == 0


def test_the_table_of_a_benchmark_states_the_budget_of_its_search(tmp_path: Path) -> None:
    budget = asked(trials=20).budget
    plain = load(write_folder(tmp_path / 'plain', pictures=False))[1]
    folder = write_folder(tmp_path / 'searched', benchmark={'search': budget}, pictures=False)
    text = table_markdown(load(folder)[1])
    assert 'searched with 20 trials x 2 seeds x 20 steps' in text
    assert 'no target label was read' in text
    assert 'were searched' not in table_markdown(plain)
