"""Divergences against integrals over two Gaussians."""

from __future__ import annotations

import math

import pytest
from scipy.integrate import quad
from scipy.stats import norm
from shift_arrays import draw

from dann.shift.divergences import divergences, js_from_ratio, kl_from_ratio


def test_divergences_from_ratios() -> None:
    source, target = draw(13, 1)[:, 0] + 1, draw(8, 1)[:, 0] - 1
    mean = sum(math.exp(value) for value in target) / len(target)
    assert kl_from_ratio(source, target) == pytest.approx(sum(source) / len(source) - math.log(mean))
    gain = sum(math.log(1 / (1 + math.exp(-value))) for value in source) / (2 * len(source))
    gain += sum(math.log(1 / (1 + math.exp(value))) for value in target) / (2 * len(target))
    assert js_from_ratio(source, target) == pytest.approx(math.log(2) + gain)


@pytest.mark.parametrize(('mean', 'deviation'), [(1.0, 1.0), (0.0, 2.0), (0.5, 0.7)])
def test_divergences_of_gaussians(mean: float, deviation: float) -> None:
    source, target = draw(4000, 1), mean + deviation * draw(3000, 1, seed=1)
    found = divergences(source, target)
    forward = math.log(deviation) + (1 + mean**2) / (2 * deviation**2) - 0.5
    backward = -math.log(deviation) + (deviation**2 + mean**2) / 2 - 0.5

    def half(x: float, first: float, second: float) -> float:
        return float(first * math.log(first / ((first + second) / 2)) / 2)

    def integrand(x: float) -> float:
        p, q = float(norm.pdf(x)), float(norm.pdf(x, mean, deviation))
        return half(x, p, q) + half(x, q, p)

    assert found.forward == pytest.approx(forward, abs=0.08)
    assert found.backward == pytest.approx(backward, abs=0.15)
    assert found.jensen_shannon == pytest.approx(quad(integrand, -6, 6)[0], abs=0.02)
