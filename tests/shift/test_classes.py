"""Distances within each class, and the classes that a regression predicts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from shift_arrays import Array

from dann.shift.classes import class_gaps, cross_predicted


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
