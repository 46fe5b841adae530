"""Draws: inside their ranges, repeatable, and better with scores."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from dann.core.errors import UserError
from dann.core.search_space import Categorical, Float, Int, Values
from dann.engine.catalogue import rows as catalogue
from dann.search import sampler as sampler_module
from dann.search.sampler import Draws, Option, rounds
from dann.search.space import space

LINE = Option(Float(0.0, 1.0), 0.5)


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
