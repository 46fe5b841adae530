"""Rank correlations, against slow authors."""

import math

import numpy as np
import pytest

from dann.stats.correlation import spearman, weighted_spearman


def slow_weighted_spearman(scores: list[float], accuracies: list[float]) -> float:
    def ranks(values: list[float]) -> list[float]:
        ladder = sorted(set(values))
        return [(ladder.index(value) + 1) / len(ladder) for value in values]

    v, t = ranks(scores), ranks(accuracies)
    w = [max(pair) ** 2 for pair in zip(v, t, strict=True)]
    total = sum(w)
    mean_v = sum(a * b for a, b in zip(w, v, strict=True)) / total
    mean_t = sum(a * b for a, b in zip(w, t, strict=True)) / total
    covariance = sum(a * (b - mean_v) * (c - mean_t) for a, b, c in zip(w, v, t, strict=True))
    spread_v = sum(a * (b - mean_v) ** 2 for a, b in zip(w, v, strict=True))
    spread_t = sum(a * (b - mean_t) ** 2 for a, b in zip(w, t, strict=True))
    return covariance / math.sqrt(spread_v * spread_t)


def average_ranks(values: np.ndarray) -> list[float]:
    return [
        sum(other < each for other in values) + sum(other == each for other in values) / 2 for each in values
    ]


@pytest.mark.parametrize('seed', range(5))
def test_rank_correlations_against_other_authors(seed: int) -> None:
    draw = np.random.default_rng(seed)
    scores = draw.integers(0, 12, 40).astype(float)
    accuracies = scores + draw.normal(0, 4, 40).round()
    slow = np.corrcoef(average_ranks(scores), average_ranks(accuracies))[0, 1]
    assert spearman(scores, accuracies) == pytest.approx(slow)
    slow = slow_weighted_spearman(scores.tolist(), accuracies.tolist())
    assert weighted_spearman(scores, accuracies) == pytest.approx(slow)


def test_weights_make_a_mistake_at_the_top_count_more() -> None:
    accuracies = np.arange(20.0)
    top, bottom = accuracies.copy(), accuracies.copy()
    top[[19, 15]], bottom[[0, 4]] = top[[15, 19]], bottom[[4, 0]]
    assert spearman(top, accuracies) == pytest.approx(spearman(bottom, accuracies))
    assert weighted_spearman(top, accuracies) < weighted_spearman(bottom, accuracies)


def test_correlations_are_one_for_any_rising_score_and_undefined_for_a_constant() -> None:
    accuracies = np.array([0.1, 0.5, 0.2, 0.9])
    for measure in (spearman, weighted_spearman):
        assert measure(np.exp(accuracies), accuracies) == pytest.approx(1)
        assert measure(-accuracies, accuracies) < 0
        assert math.isnan(measure(np.zeros(4), accuracies))


def test_a_score_that_is_no_number_has_no_correlation() -> None:
    for measure in (spearman, weighted_spearman):
        assert math.isnan(measure([0.1, math.nan, 0.3], [0.1, 0.2, 0.3]))
