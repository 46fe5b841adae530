"""What is searched of a row."""

from __future__ import annotations

from copy import deepcopy

import pytest
from harness import configuration
from searching import ROWS

from dann.benchmarks.plan.grid import benchmark
from dann.engine.catalogue import rows as catalogue
from dann.search.space import fill, space


def test_every_part_is_searched_under_its_own_name_and_what_the_row_sets_is_kept() -> None:
    assert list(space(ROWS['fda+dann'])) == [
        'alignment.weight',
        'alignment.hidden',
        'alignment.norm',
        'alignment.dropout',
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
        'alignment.DANN.norm',
        'alignment.DANN.dropout',
        'alignment.DANN.entropy',
        'alignment.BSP.weight',
    ]
    assert list(space(row)) == names
    full = fill(row, {'alignment.BSP.weight': 0.001})
    assert full['alignment']['init_args']['alignments'] == [
        {'class_path': 'DANN', 'init_args': {}},
        {'class_path': 'BSP', 'init_args': {'count': 2, 'weight': 0.001}},
    ]
    twice = {'alignment': {'class_path': 'Together', 'init_args': {'alignments': ['CORAL', 'CORAL']}}}
    own = ('weight', 'layers')
    assert list(space(twice)) == [f'alignment.CORAL-{number}.{name}' for number in (0, 1) for name in own]


@pytest.mark.parametrize('name', ['source_only', 'target_supervised'])
def test_a_row_without_ranges_has_nothing_to_search(name: str) -> None:
    assert space(ROWS[name]) == {}
    assert fill(ROWS[name], {}) == ROWS[name]


@pytest.mark.parametrize('name', ['dann', 'dann+e', 'mic+cdan', 'bsp+dann', 'cycada+dann', 'shot'])
def test_a_filled_row_runs_as_the_row_with_those_values(name: str) -> None:
    row = catalogue()[name]
    before = deepcopy(row)
    values = {key: option.default for key, option in space(row).items()}
    plain, full = (
        benchmark('toy', configuration(methods={name: each})).config(name, 0)['model']
        for each in (row, fill(row, values))
    )
    assert row == before
    assert full['class_path'] == plain['class_path']
    assert full['init_args'].keys() >= plain['init_args'].keys()
    assert set(space(fill(row, values))) == set()


def test_a_first_stage_is_searched_beside_its_method() -> None:
    row = {'alignment': 'MMD', 'pretraining': {'class_path': 'SimCLR', 'init_args': {'steps': 5}}}
    assert {'pretraining.lr', 'alignment.weight'} <= set(space(row))
    full = fill(row, {'pretraining.lr': 0.003})
    assert full['pretraining']['init_args'] == {'steps': 5, 'lr': 0.003}


def test_a_fairness_is_searched_and_sampling_is_not() -> None:
    row = {'fairness': {'class_path': 'GroupDRO', 'init_args': {'adjustment': 1.0}}, 'sampling': 'group'}
    assert list(space(row)) == ['fairness.eta']
    full = fill(row, {'fairness.eta': 0.1})
    assert full['fairness']['init_args'] == {'adjustment': 1.0, 'eta': 0.1}
    assert full['sampling'] == 'group'
