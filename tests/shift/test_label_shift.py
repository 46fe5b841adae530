"""Black-box shift estimation against the algebra, and on draws with known class shares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from dann.shift.label_shift import bbse, confusion_shares, label_shift

Array = NDArray[np.float64]
SOURCE, TARGET = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6])
CHANNEL = np.array(
    [[0.8, 0.1, 0.2], [0.1, 0.7, 0.1], [0.1, 0.2, 0.7]]
)  # predicted class in rows, true in columns


def sample(shares: Array, count: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    generator = np.random.default_rng(seed)
    labels = generator.choice(3, count, p=shares)
    predicted = np.array([generator.choice(3, p=CHANNEL[:, label]) for label in labels])
    return predicted, labels


def test_shares_are_recovered_from_exact_figures() -> None:
    weights, shares = bbse(CHANNEL * SOURCE, CHANNEL @ TARGET)
    np.testing.assert_allclose(shares, TARGET)
    np.testing.assert_allclose(weights, TARGET / SOURCE)
    np.testing.assert_allclose(weights, np.linalg.inv(CHANNEL * SOURCE) @ CHANNEL @ TARGET)


def test_weights_below_zero_are_clipped_and_shares_sum_to_one() -> None:
    seen = np.array([1.0, 0.0, 0.0])
    raw = np.linalg.inv(CHANNEL * SOURCE) @ seen
    assert raw.min() < 0
    weights, shares = bbse(CHANNEL * SOURCE, seen)
    np.testing.assert_allclose(weights, raw.clip(0) / (raw.clip(0) @ SOURCE))
    assert shares.sum() == pytest.approx(1)


def test_a_classifier_that_says_one_thing_leaves_finite_shares() -> None:
    predicted, labels = np.zeros(30, np.int64), np.arange(30) % 3
    found = label_shift(predicted, labels, np.zeros(20, np.int64), 3)
    assert np.isfinite(found.target).all()
    assert found.target.sum() == pytest.approx(1)
    assert found.condition > 1e12


def test_confusion_shares_count_pairs() -> None:
    predicted, labels = sample(SOURCE, 50, 0)
    slow = np.zeros((3, 3))
    for one, other in zip(predicted, labels, strict=True):
        slow[one, other] += 1 / 50
    np.testing.assert_allclose(confusion_shares(predicted, labels, 3), slow)


def test_shares_are_recovered_from_draws() -> None:
    found = label_shift(*sample(SOURCE, 3000, 0), sample(TARGET, 3000, 1)[0], 3)
    np.testing.assert_allclose(found.target, TARGET, atol=0.05)
    assert found.distance == pytest.approx(np.abs(found.source - found.target).sum() / 2)
    assert found.p_value == 1 / 200
    assert found.condition == pytest.approx(np.linalg.cond(CHANNEL * SOURCE), rel=0.2)


def test_equal_shares_are_rejected_no_more_often_than_they_may() -> None:
    rejected = sum(
        label_shift(*sample(SOURCE, 150, seed), sample(SOURCE, 150, 500 + seed)[0], 3, draws=99).p_value
        <= 0.05
        for seed in range(60)
    )
    assert rejected <= 8


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match=r'\(C, C\) and shares of shape \(C,\), got \(3, 3\) and \(2,\)'):
        bbse(np.eye(3), np.ones(2))
    with pytest.raises(ValueError, match='expected samples, got none'):
        label_shift([], [], [], 3)


def test_an_estimate_that_accounts_for_the_predictions_is_consistent() -> None:
    labels = np.tile([0, 1], 200)
    predicted = np.where(np.arange(400) % 10 < 8, labels, 1 - labels)
    target = np.repeat([0, 1], [300, 100])
    found = label_shift(predicted, labels, np.where(np.arange(400) % 10 < 8, target, 1 - target), 2, draws=19)
    assert found.consistent
    assert found.explained == pytest.approx(1)


def test_an_estimate_that_no_shares_account_for_contradicts_itself() -> None:
    """A class that the classifier never names on the source is named for most of the target."""
    labels = np.tile([0, 1, 2], 100)
    predicted = np.where(labels == 2, 1, labels)
    found = label_shift(predicted, labels, np.repeat([0, 2], [10, 90]), 3, draws=19)
    assert found.p_value <= 0.05
    assert not found.consistent
    assert not replace(found, condition=3.0).consistent


def test_a_singular_matrix_is_not_consistent() -> None:
    labels = np.tile([0, 1], 100)
    found = label_shift(np.zeros(200, int), labels, np.zeros(100, int), 2, draws=19)
    assert not found.consistent
