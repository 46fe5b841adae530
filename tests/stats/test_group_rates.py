"""Differences between groups against a slow author, against fairlearn, and in cases known by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from grouped_draws import drawn, slow_accuracy, slow_difference

from dann.stats.group_rates import (
    group_accuracies,
    group_counts,
    odds_difference,
    parity_difference,
    worst_group,
)

SHAPES = [(('a', 'b'), 2, 60), (('a', 'b', 'c'), 5, 331), (('a', 'b', 'c', 'd'), 3, 97)]


@pytest.mark.parametrize(('names', 'classes', 'count'), SHAPES)
def test_rates_are_those_of_a_slow_author(names: tuple[str, ...], classes: int, count: int) -> None:
    grouped = drawn(names, classes, count)
    slow = [slow_accuracy(grouped, place) for place in range(len(names))]
    assert group_accuracies(grouped.counts).tolist() == pytest.approx(slow, abs=1e-12)
    assert float(worst_group(grouped.counts)) == pytest.approx(min(slow), abs=1e-12)
    parity, odds = parity_difference(grouped.counts), odds_difference(grouped.counts)
    assert float(parity) == pytest.approx(slow_difference(grouped, ('all',)), abs=1e-12)
    assert float(odds) == pytest.approx(slow_difference(grouped, ('own', 'others')), abs=1e-12)


@pytest.mark.parametrize(('names', 'classes', 'count'), SHAPES)
def test_rates_are_the_largest_of_fairlearn_over_classes(
    names: tuple[str, ...], classes: int, count: int
) -> None:
    metrics = pytest.importorskip('fairlearn.metrics', reason='the extra fairness is not installed')
    grouped = drawn(names, classes, count)
    for ours, theirs in (
        (parity_difference, metrics.demographic_parity_difference),
        (odds_difference, metrics.equalized_odds_difference),
    ):
        each = [
            theirs(grouped.true == label, grouped.predicted == label, sensitive_features=grouped.group)
            for label in range(classes)
        ]
        assert float(ours(grouped.counts)) == pytest.approx(max(each), abs=1e-12)


def test_groups_that_are_treated_alike_differ_in_nothing() -> None:
    grouped = drawn(('a', 'b'), 3, 90)
    half = np.flatnonzero(grouped.group == 0)
    true, predicted = (np.concatenate([each[half]] * 2) for each in (grouped.true, grouped.predicted))
    counts = group_counts(true, predicted, np.repeat([0, 1], len(half)), 3, 2)
    assert float(parity_difference(counts)) == 0
    assert float(odds_difference(counts)) == 0


def test_the_names_of_groups_and_classes_do_not_matter() -> None:
    grouped = drawn()
    turned = replace(grouped, group=2 - grouped.group, true=3 - grouped.true, predicted=3 - grouped.predicted)
    for figure in (parity_difference, odds_difference, worst_group):
        assert float(figure(grouped.counts)) == float(figure(turned.counts))


def test_a_class_that_one_group_lacks_and_a_group_without_samples_count_for_nothing() -> None:
    counts = np.array([[[4, 0], [0, 4]], [[3, 1], [0, 0]], [[0, 0], [0, 0]]])
    assert group_accuracies(counts)[:2].tolist() == [1.0, 0.75]
    assert np.isnan(group_accuracies(counts)[2])
    assert float(worst_group(counts)) == 0.75
    assert float(odds_difference(counts)) == 0.25  # of the first class alone, 4 of 4 against 3 of 4


def test_counts_of_many_draws_are_figured_at_once() -> None:
    counts = np.stack([drawn(seed=seed).counts for seed in range(3)])
    for figure in (group_accuracies, worst_group, parity_difference, odds_difference):
        assert figure(counts).tolist() == [figure(each).tolist() for each in counts]


def test_one_group_alone_differs_from_none() -> None:
    counts = drawn(('a',), 3, 30).counts
    assert float(odds_difference(counts)) == float(parity_difference(counts)) == 0
