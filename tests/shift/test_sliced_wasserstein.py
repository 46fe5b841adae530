"""Sliced Wasserstein distance against sorted samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from shift_arrays import SHAPES, draw

from dann.shift.sliced_wasserstein import sliced_wasserstein_distance


@pytest.mark.parametrize('shapes', SHAPES)
def test_sliced_wasserstein(shapes: tuple[tuple[int, int], tuple[int, int]]) -> None:
    source, target = draw(*shapes[0]), draw(*shapes[1]) + 0.7
    directions = np.random.default_rng(3).standard_normal((16, source.shape[1]))
    squares = []
    for direction in directions:
        unit = direction / math.sqrt(sum(direction**2))
        # every sample as often as the other domain has samples: then both have one quantile a place
        left = sorted(float(value) for value in source @ unit for _ in range(len(target)))
        right = sorted(float(value) for value in target @ unit for _ in range(len(source)))
        squares.append(sum((a - b) ** 2 for a, b in zip(left, right, strict=True)) / len(left))
    got = sliced_wasserstein_distance(source, target, directions=16, seed=3)
    assert got == pytest.approx(math.sqrt(sum(squares) / 16), rel=1e-9)
