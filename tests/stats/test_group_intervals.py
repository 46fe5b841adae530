"""Intervals of group figures hold what they should as often as they say, and chance is measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from grouped_draws import drawn

from dann.core.errors import CheckError
from dann.stats import group_intervals as module
from dann.stats.group_intervals import by_chance, difference_intervals, group_intervals
from dann.stats.grouped import ODDS, PARITY


def test_every_figure_has_an_interval_and_an_accuracy_the_binomial_one() -> None:
    grouped = drawn(count=900)
    found = group_intervals(grouped)
    assert found.keys() == grouped.figures.keys()
    accuracy, (low, high) = grouped.figures['light/accuracy'], found['light/accuracy']
    half = 1.96 * (accuracy * (1 - accuracy) / 300) ** 0.5
    assert (low, high) == pytest.approx((accuracy - half, accuracy + half), abs=0.01)


def test_an_interval_of_an_accuracy_covers_the_truth_in_about_95_of_100_draws() -> None:
    hits = 0
    for seed in range(200):
        low, high = group_intervals(drawn(count=300, seed=seed), draws=199)['light/accuracy']
        hits += low <= 0.6 + 0.4 / 4 <= high  # right, or by luck
    assert 180 <= hits <= 199


def test_chunks_change_no_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = group_intervals(drawn(), draws=50)
    monkeypatch.setattr(module, 'LARGEST', 500)
    parts = group_intervals(drawn(), draws=50)
    assert parts.keys() == whole.keys()
    for name, interval in whole.items():
        assert parts[name] == pytest.approx(interval, abs=0.08)
    monkeypatch.undo()
    assert group_intervals(drawn(), draws=50) == whole


def test_a_network_differs_from_itself_in_nothing_and_less_from_a_near_one_than_two_splits_do() -> None:
    one = drawn(count=600)
    assert set(difference_intervals(one, one, draws=20).values()) == {(0.0, 0.0)}
    near = replace(one, predicted=np.where(np.arange(600) < 590, one.predicted, one.true))
    low, high = difference_intervals(near, one, draws=199)['light/accuracy']
    alone = group_intervals(one, draws=199)['light/accuracy']
    assert high - low < (alone[1] - alone[0]) / 2
    difference = near.figures['light/accuracy'] - one.figures['light/accuracy']
    assert low <= difference <= high


def test_a_difference_needs_the_same_samples() -> None:
    one = drawn()
    with pytest.raises(CheckError, match='same samples'):
        difference_intervals(one, replace(one, group=one.group[::-1]))


def test_a_network_that_treats_groups_alike_stays_below_chance_in_95_of_100_cases() -> None:
    below = {PARITY: 0, ODDS: 0}
    for seed in range(60):
        rng = np.random.default_rng(seed)
        fair = drawn(seed=seed)
        predicted = np.where(rng.random(240) < 0.6, fair.true, rng.integers(4, size=240))
        fair = replace(fair, predicted=predicted)
        chance = by_chance(fair, shuffles=99)
        for name in below:
            below[name] += fair.figures[name] <= chance[name]
    assert all(50 <= count <= 60 for count in below.values())


def test_a_network_that_fails_one_group_is_beyond_chance() -> None:
    grouped = drawn()
    predicted = np.where(grouped.group == 1, (grouped.true + 1) % 4, grouped.true)
    unfair = replace(grouped, predicted=predicted)
    assert unfair.figures[ODDS] == 1
    assert by_chance(unfair)[ODDS] < 0.7


def test_a_group_without_samples_has_no_interval() -> None:
    lonely = replace(drawn(), names=('dark', 'light', 'night', 'dusk'))
    assert group_intervals(lonely, draws=20).keys() == lonely.figures.keys()
    assert difference_intervals(lonely, lonely, draws=5).keys() == lonely.figures.keys()
