"""Energy distance against a slow loop."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from dann.audit.gradients.distance import deviations, energy_distance


def test_energy_distance_is_that_of_a_slow_loop() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(7, 3)), rng.normal(1, 2, size=(5, 3))

    def mean(one: np.ndarray, other: np.ndarray) -> float:
        return float(np.mean([math.dist(a, b) for a in one for b in other]))

    expected = 2 * mean(x, y) - mean(x, x) - mean(y, y)
    assert energy_distance(torch.from_numpy(x), torch.from_numpy(y)) == pytest.approx(expected, abs=1e-12)


def test_a_constant_column_counts_nothing() -> None:
    x = torch.tensor([[1.0, 5.0], [3.0, 5.0]])
    assert (x / deviations(x, x))[:, 1].tolist() == [0.0, 0.0]
