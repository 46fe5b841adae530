"""Every distance against a slower author in double precision, and what it must do whatever the author."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.linalg import sqrtm
from scipy.stats import norm
from torch import Tensor, nn

from dann.shift.a_distance import a_distance, proxy_a_distance
from dann.shift.axes import common_axes
from dann.shift.coral import coral_distance
from dann.shift.divergences import divergences, js_from_ratio, kl_from_ratio
from dann.shift.domain_classifier import held_out_logits
from dann.shift.frechet import fid, frechet_distance, without_inception
from dann.shift.mmd import unbiased_mmd
from dann.shift.sliced_wasserstein import sliced_wasserstein_distance

Array = NDArray[np.float64]
SHAPES = [((9, 4), (5, 4)), ((12, 1), (7, 1)), ((6, 11), (8, 11))]
DISTANCES: dict[str, Callable[[Array, Array], float]] = {
    'a_distance': lambda source, target: proxy_a_distance(source, target).value,
    'mmd': unbiased_mmd,
    'frechet': frechet_distance,
    'kl': lambda source, target: divergences(source, target).forward,
    'js': lambda source, target: divergences(source, target).jensen_shannon,
    'sliced_wasserstein': sliced_wasserstein_distance,
}


def draw(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def slow_covariance(features: Array) -> Array:
    mean = [sum(column) / len(features) for column in features.T]
    size = features.shape[1]
    return np.array(
        [
            [
                sum((row[i] - mean[i]) * (row[j] - mean[j]) for row in features) / (len(features) - 1)
                for j in range(size)
            ]
            for i in range(size)
        ]
    )


@pytest.mark.parametrize('shapes', SHAPES)
def test_coral(shapes: tuple[tuple[int, int], tuple[int, int]]) -> None:
    source, target = (2 * draw(*shape) + 1 for shape in shapes)
    gap = slow_covariance(source) - slow_covariance(target)
    expected = float((gap**2).sum()) / (4 * source.shape[1] ** 2)
    assert coral_distance(source, target) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize('shapes', SHAPES)
def test_frechet(shapes: tuple[tuple[int, int], tuple[int, int]]) -> None:
    source, target = draw(*shapes[0]), 2 * draw(*shapes[1]) + 3
    first, second = slow_covariance(source), slow_covariance(target)
    # a little on the diagonal, for the general matrix root wants full rank
    root = sqrtm((first + 1e-9 * np.eye(len(first))) @ (second + 1e-9 * np.eye(len(first)))).real
    mean = source.mean(axis=0) - target.mean(axis=0)
    expected = mean @ mean + np.trace(first + second - 2 * root)
    assert frechet_distance(source, target) == pytest.approx(expected, rel=1e-3)


def test_frechet_of_known_gaussians() -> None:
    def exact(mean: Array, deviations: Array) -> Array:
        white = draw(200, 3)
        white -= white.mean(axis=0)
        white = white @ np.linalg.inv(np.linalg.cholesky(np.cov(white, rowvar=False))).T
        return white * deviations + mean

    first, second = np.array([1.0, 2.0, 0.5]), np.array([3.0, 0.1, 0.5])
    got = frechet_distance(exact(np.zeros(3), first), exact(np.array([1.0, -2.0, 0.0]), second))
    assert got == pytest.approx(5 + ((first - second) ** 2).sum(), rel=1e-9)


def test_fid_is_the_same_distance_of_a_networks_features() -> None:
    class Means(nn.Module):
        num_features = 3

        def forward(self, images: Tensor) -> Tensor:
            return images.double().mean(dim=(2, 3))

    generator = torch.Generator().manual_seed(0)
    source, target = (
        torch.randint(0, top, (40, 3, 6, 6), generator=generator, dtype=torch.uint8) for top in (255, 90)
    )
    features = (images.double().mean(dim=(2, 3)).numpy() for images in (source, target))
    assert fid(source, target, Means(), batch=16) == pytest.approx(frechet_distance(*features), rel=1e-4)


def test_without_an_inception_network_the_reason_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr('dann.shift.frechet.find_spec', lambda name: None)
    assert without_inception() == 'torch-fidelity is not installed'
    monkeypatch.setattr('dann.shift.frechet.find_spec', lambda name: name)
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path))
    assert 'weights-inception' in without_inception()
    assert str(tmp_path) in without_inception()


@pytest.mark.parametrize('shapes', SHAPES)
def test_sliced_wasserstein(shapes: tuple[tuple[int, int], tuple[int, int]]) -> None:
    source, target = draw(*shapes[0]), draw(*shapes[1]) + 0.7
    directions = np.random.default_rng(3).standard_normal((16, source.shape[1]))
    squares = []
    for direction in directions:
        unit = direction / math.sqrt(sum(direction**2))
        # every sample as often as the other domain has samples: then both have one quantile a place
        ours = sorted(float(value) for value in source @ unit for _ in range(len(target)))
        theirs = sorted(float(value) for value in target @ unit for _ in range(len(source)))
        squares.append(sum((a - b) ** 2 for a, b in zip(ours, theirs, strict=True)) / len(ours))
    got = sliced_wasserstein_distance(source, target, directions=16, seed=3)
    assert got == pytest.approx(math.sqrt(sum(squares) / 16), rel=1e-9)


@pytest.mark.parametrize(('error', 'expected'), [(0.5, 0), (0.8, 0), (0.25, 1), (0.0, 2)])
def test_a_distance_of_an_error(error: float, expected: float) -> None:
    assert a_distance(error) == expected


def test_the_linear_classifier_comes_close_to_the_best_there_is() -> None:
    shift = 1.5
    source, target = draw(1500, 3), draw(900, 3, seed=1) + np.array([shift, 0, 0])
    found = proxy_a_distance(source, target)
    best = norm.cdf(-shift / 2)
    assert found.error == pytest.approx(best, abs=0.03)
    assert found.value == pytest.approx(2 * (1 - 2 * found.error))
    spread = 4 * math.sqrt(best * (1 - best) / 4 * (1 / 1500 + 1 / 900))
    assert found.standard_error == pytest.approx(spread, rel=0.1)


def test_no_sample_is_judged_by_a_classifier_that_has_seen_it() -> None:
    source, target = draw(40, 60), draw(40, 60, seed=1)  # so many features that any labelling can be fitted
    assert 0.3 < proxy_a_distance(source, target).error < 0.7


def test_log_odds_are_those_of_two_gaussians() -> None:
    source, target = draw(2000, 1), draw(1000, 1, seed=1) + 1
    ours, theirs = held_out_logits(source, target)
    np.testing.assert_allclose(ours, 0.5 - source[:, 0], atol=0.35)
    np.testing.assert_allclose(theirs, 0.5 - target[:, 0], atol=0.35)


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


@pytest.mark.parametrize('name', DISTANCES)
def test_nothing_between_equal_domains_and_more_the_further_they_are(name: str) -> None:
    source, target = draw(150, 3), draw(120, 3, seed=1)
    values = [DISTANCES[name](source, target + np.array([shift, 0, 0])) for shift in (0.0, 0.7, 1.5, 3.0)]
    assert values == sorted(values)
    assert values[0] < 0.5 * values[1]


@pytest.mark.parametrize('name', ['frechet', 'sliced_wasserstein'])
def test_a_domain_is_at_no_distance_from_itself(name: str) -> None:
    source = draw(30, 4)
    assert DISTANCES[name](source, source) == pytest.approx(0, abs=1e-6)
    assert coral_distance(source, source + 5) == pytest.approx(0, abs=1e-12)


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


@pytest.mark.parametrize('name', DISTANCES)
def test_bad_features_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r'\(Ns, D\) and \(Nt, D\), got \(20, 4\) and \(20, 3\)'):
        DISTANCES[name](draw(20, 4), draw(20, 3))
    broken = draw(20, 4)
    broken[3, 2] = math.nan
    with pytest.raises(ValueError, match='NaN or infinity in the target'):
        DISTANCES[name](draw(20, 4), broken)


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(ValueError, match='at least 10 samples a domain, got 20 and 9'):
        proxy_a_distance(draw(20, 4), draw(9, 4))
    with pytest.raises(ValueError, match='at least 2 samples a domain, got 1 and 9'):
        frechet_distance(draw(1, 4), draw(9, 4))
