"""Common axes keep distances."""

from __future__ import annotations

import math

import numpy as np
import pytest
from shift_arrays import draw

from dann.shift.a_distance import proxy_a_distance
from dann.shift.axes import common_axes
from dann.shift.frechet import frechet_distance
from dann.shift.mmd import unbiased_mmd


@pytest.mark.parametrize('shapes', [((9, 4), (5, 4)), ((4, 30), (6, 30))])
def test_common_axes_keep_every_distance_up_to_one_factor(
    shapes: tuple[tuple[int, int], tuple[int, int]],
) -> None:
    source, target = draw(*shapes[0]), draw(*shapes[1]) + 1
    found = common_axes(source, target, most=64)
    before = np.linalg.norm(source[:, None] - target, axis=2)
    after = np.linalg.norm(found.source[:, None] - found.target, axis=2)
    np.testing.assert_allclose(before, found.scale * after, rtol=1e-9)
    pooled = np.concatenate([source, target])
    assert found.scale == pytest.approx(math.sqrt(pooled.var(axis=0, ddof=1).sum()))
    assert found.kept == pytest.approx(1)


def test_common_axes_are_those_of_most_variance() -> None:
    source, target = draw(30, 5) * [5, 1, 1, 4, 0.1], draw(20, 5, seed=1) * [5, 1, 1, 4, 0.1]
    found = common_axes(source, target, most=2)
    pooled = np.concatenate([source, target])
    singular = np.linalg.svd(pooled - pooled.mean(axis=0), compute_uv=False) ** 2
    assert found.source.shape == (30, 2)
    assert found.kept == pytest.approx(singular[:2].sum() / singular.sum())
    assert common_axes(source, target).source.shape == (30, 5)
    assert common_axes(source[:12], target[:11]).source.shape == (12, 2)


def test_a_collapsed_network_has_no_gap() -> None:
    found = common_axes(np.ones((30, 4)), np.ones((20, 4)))
    assert found.scale == 0
    assert proxy_a_distance(found.source, found.target).value == 0
    assert unbiased_mmd(found.source, found.target) == 0
    assert frechet_distance(found.source, found.target) == 0
