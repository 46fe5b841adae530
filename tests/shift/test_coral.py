"""CORAL distance against loops in double precision."""

from __future__ import annotations

import pytest
from shift_arrays import SHAPES, draw, slow_covariance

from dann.shift.coral import coral_distance


@pytest.mark.parametrize('shapes', SHAPES)
def test_coral(shapes: tuple[tuple[int, int], tuple[int, int]]) -> None:
    source, target = (2 * draw(*shape) + 1 for shape in shapes)
    gap = slow_covariance(source) - slow_covariance(target)
    expected = float((gap**2).sum()) / (4 * source.shape[1] ** 2)
    assert coral_distance(source, target) == pytest.approx(expected, rel=1e-9)


def test_equal_covariances_are_at_no_distance() -> None:
    source = draw(30, 4)
    assert coral_distance(source, source + 5) == pytest.approx(0, abs=1e-12)
