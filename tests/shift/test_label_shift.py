"""Black-box shift estimation against the algebra, and on draws with known class shares."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dann.shift.classes import class_gaps, cross_predicted
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


def clusters(count: int, seed: int, shift: float = 0.0) -> tuple[Array, NDArray[np.int64]]:
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    features = generator.standard_normal((count, 2)) + 5 * np.eye(3)[labels][:, :2]
    features[labels == 1] += shift
    return features, labels


def test_only_the_class_that_moved_is_apart() -> None:
    (source, labels), (target, truth) = clusters(150, 0), clusters(120, 1, shift=4)
    gaps = class_gaps(source, labels, target, truth, ('a', 'b', 'c'))
    assert [gap.source for gap in gaps] == [50, 50, 50]
    assert [gap.target for gap in gaps] == [40, 40, 40]
    apart = [gap.a_distance or 0 for gap in gaps]
    assert apart[1] > 1.5
    assert max(apart[0], apart[2]) < 0.6


def test_a_class_of_few_samples_has_no_distance() -> None:
    source, labels = clusters(60, 0)
    gap = class_gaps(source, labels, source[:30], np.repeat([0, 1, 2], [9, 10, 11]), ('a', 'b', 'c'))[0]
    assert (gap.target, gap.a_distance, gap.mmd) == (9, None, None)


def test_classes_are_predicted_from_source_labels_alone() -> None:
    (source, labels), (target, truth) = clusters(150, 0), clusters(90, 1)
    found = cross_predicted(source, labels, target)
    assert found is not None
    assert np.mean(found[0] == labels) > 0.9
    assert np.mean(found[1] == truth) > 0.9
    noise = np.random.default_rng(0).standard_normal((40, 60))
    held_out = cross_predicted(noise, np.arange(40) % 2, noise)
    assert held_out is not None
    assert np.mean(held_out[0] == np.arange(40) % 2) < 0.8  # its own fit would know every one
    assert np.mean(held_out[1] == np.arange(40) % 2) == 1
    assert cross_predicted(source, np.zeros(150, np.int64), target) is None
