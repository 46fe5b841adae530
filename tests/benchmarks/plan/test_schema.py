"""What rows share is what the model takes, and the rest of what a benchmark may not say."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import pytorch_lightning as pl
from harness import configuration

from dann.benchmarks.plan.grid import benchmark
from dann.benchmarks.plan.schema import BUDGET, PRINTED, SHARED, check_seeds
from dann.core.errors import UserError
from dann.engine.module import AdaptationModule


def test_what_rows_share_are_the_options_of_the_model_but_those_that_make_a_method() -> None:
    options = {*inspect.signature(AdaptationModule).parameters}
    assert {*SHARED} == options - {
        'num_classes',
        'num_sources',
        'image_shape',
        'alignment',
        'fairness',
        'pretraining',
        'per_source',
        'style',
    }
    assert {*SHARED} - {*PRINTED} == {'validators', 'dear_validators'}


def test_the_options_of_the_budget_are_the_trainers() -> None:
    assert {*BUDGET} <= {*inspect.signature(pl.Trainer).parameters}


@pytest.mark.parametrize('option', SHARED)
@pytest.mark.parametrize('where', ['row', 'init_args'])
def test_no_row_sets_what_all_share(option: str, where: str) -> None:
    row: dict[str, Any] = {option: 1} if where == 'row' else {'init_args': {option: 1}}
    with pytest.raises(UserError, match=f"method 'x' sets `{option}`, which all rows share"):
        benchmark('toy', configuration(methods={'x': row}))


@pytest.mark.parametrize('option', SHARED)
@pytest.mark.parametrize('where', ['row', 'init_args'])
def test_a_row_as_published_sets_what_makes_its_network_and_no_validator(option: str, where: str) -> None:
    row: dict[str, Any] = {option: 1} if where == 'row' else {'init_args': {option: 1}}
    asked = configuration(methods={'x': row, 'y': {}}, as_published=True)
    if option in PRINTED:
        found = benchmark('toy', asked)
        assert found.config('x', 0)['model']['init_args'][option] == 1
        assert found.of_row('x').model['init_args'][option] == 1
        assert found.of_row('y') is found
    else:
        with pytest.raises(UserError, match=f"method 'x' sets `{option}`, which all rows share"):
            benchmark('toy', asked)


@pytest.mark.parametrize('option', BUDGET)
def test_the_trainer_has_no_budget_of_its_own(option: str) -> None:
    with pytest.raises(UserError, match=f'`trainer:` sets `{option}`; use `steps:` and `evaluations:`'):
        benchmark('toy', configuration(trainer={option: 1}))


@pytest.mark.parametrize('seeds', [[], [1, 1]])
def test_seeds_are_some_and_different(seeds: list[int]) -> None:
    with pytest.raises(UserError, match='a list of different numbers from 0'):
        check_seeds(seeds)


@pytest.mark.parametrize('seeds', [0, -1, 10**99, True, None, 'a', [True], [-1], [0.5], {'a': 1}])
def test_seeds_are_a_count_or_a_list(seeds: Any) -> None:
    with pytest.raises(UserError, match='expected `seeds` to be a count from 1 to 100,000 or a list'):
        benchmark('toy', configuration(seeds=seeds))


@pytest.mark.parametrize(
    ('row', 'said'),
    [
        ('.hidden', 'letters, digits'),
        ('a b', 'letters, digits'),
        ('', 'letters, digits'),
    ],
)
def test_a_row_has_a_name_that_a_folder_can_have(row: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        benchmark('toy', configuration(methods={row: {}}))


@pytest.mark.parametrize('seeds', [[10**30], [2**32], [0, 0], [], 10**30])
def test_seeds_that_no_generator_takes_are_refused(seeds: Any) -> None:
    check_seeds([2**32 - 1])
    with pytest.raises(UserError, match=r'expected `seeds` to be .* from 0 to 4,294,967,295, got'):
        check_seeds(seeds)


@pytest.mark.parametrize(
    ('unseen', 'said'),
    [
        ({'class_path': 'USPS'}, 'expected `data: unseen` to be a list of data sets'),
        ('USPS', 'expected `data: unseen` to be a list of data sets'),
        ([None], '`data: unseen` has an empty entry'),
        (['USPS'], "expected `data: unseen` to be a mapping, got 'USPS'"),
        ([{'class_path': 'USPS', 'init_args': 3}], 'expected `data: unseen: init_args` to be a mapping'),
    ],
)
def test_unseen_domains_are_a_list_of_data_sets(unseen: Any, said: str) -> None:
    with pytest.raises(UserError, match=said):
        benchmark('toy', configuration(data=configuration()['data'] | {'unseen': unseen}))
