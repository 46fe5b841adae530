"""Gaussian kernels and their bandwidths."""

from __future__ import annotations

from functools import partial

import pytest
import references as ref
import references_validators_a as val
import torch
from draws import SHAPES, Shapes, draw, pair

from dann.functional.distances import blocks
from dann.functional.kernels import (
    SCALES,
    Bandwidth,
    Gaussians,
    Powers,
    bandwidth_of,
    check_kernels,
    gaussians,
    mean_distance,
    median_distance,
    pooled_kernel,
    summed_gaussians,
)


@pytest.mark.parametrize('shapes', SHAPES)
@pytest.mark.parametrize('bandwidth', ['mean', 'median'])
def test_the_kernel_of_all_pairs(shapes: Shapes, bandwidth: Bandwidth) -> None:
    source, target = pair(shapes)
    pooled = torch.cat([source, target])
    measure = val.median_distance if bandwidth == 'median' else ref.bandwidth
    width = measure(source.numpy(), target.numpy())
    got = pooled_kernel(source, target, (0.3, 4.0), bandwidth)
    for i, row in enumerate(pooled.numpy()):
        for j, other in enumerate(pooled.numpy()):
            expected = ref.kernel(row, other, width, (0.3, 4.0))
            assert float(got[i, j]) == pytest.approx(expected, rel=1e-9)


def test_the_default_is_the_mean_distance_under_five_scales() -> None:
    source, target = pair(SHAPES[0])
    assert SCALES == (0.125, 0.25, 0.5, 1.0, 2.0)
    expected = pooled_kernel(source, target, SCALES, 'mean')
    assert torch.equal(pooled_kernel(source, target), expected)
    assert not torch.allclose(pooled_kernel(source, target, bandwidth='median'), expected)


def test_a_kernel_without_the_factor_two_has_half_the_scale() -> None:
    distances = draw(6, 6).square()
    torch.testing.assert_close(gaussians(distances, (0.5,), 3.0), (-distances / 3).exp())


def test_kernels_know_their_slopes() -> None:
    x, y = draw(6, 4, seed=1), draw(5, 4, seed=2)
    for kernel, function in (
        (Gaussians((0.3, 4.0), 6.0), lambda gaps: gaussians(gaps, (0.3, 4.0), 6.0)),
        (Powers(3, 2.0), lambda products: (products / 2).pow(3)),
    ):
        measured = kernel.measure(x, y).requires_grad_()
        values, slopes = kernel.values_and_slopes(measured.detach())
        torch.testing.assert_close(values, function(measured).detach())
        torch.testing.assert_close(slopes, torch.autograd.grad(function(measured).sum(), measured)[0])


def test_kernels_add_the_gradient_of_what_they_measure() -> None:
    x, y, force = draw(6, 4, seed=1, grad=True), draw(5, 4, seed=2), draw(6, 5, seed=3)
    for kernel in (Gaussians((1.0,), 6.0), Powers(3, 2.0)):
        gradient = torch.ones_like(x)
        kernel.add_gradient(gradient, force, x.detach(), y)
        (expected,) = torch.autograd.grad((force * kernel.measure(x, y)).sum(), x)
        torch.testing.assert_close(gradient, 1 + expected)


@pytest.mark.parametrize('size', [1, 4, 512])
@pytest.mark.parametrize('count', [2, 9])
def test_the_median_is_found_in_strips(count: int, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('dann.functional.kernels.blocks', partial(blocks, size=size))
    samples = draw(count, 4)
    expected = val.median_distance(samples[:1].numpy(), samples[1:].numpy())
    assert float(median_distance(samples)) == pytest.approx(expected, rel=1e-9)


def test_bandwidths_are_constants_that_a_move_does_not_change() -> None:
    pooled = draw(15, 4, grad=True)
    for measure in (mean_distance, median_distance):
        assert not measure(pooled).requires_grad
        assert float(measure(pooled + 1000)) == pytest.approx(float(measure(pooled)), rel=1e-9)
    assert float(bandwidth_of(pooled)) == pytest.approx(
        ref.bandwidth(pooled.detach().numpy(), draw(0, 4).numpy())
    )


def test_the_median_of_samples_most_of_which_are_equal_is_their_mean() -> None:
    pooled = torch.zeros(20, 3, dtype=torch.float64)
    pooled[-2:] = 1
    assert float(median_distance(pooled)) == pytest.approx(float(mean_distance(pooled)))
    assert float(mean_distance(pooled)) > 0


@pytest.mark.parametrize('bandwidth', ['mean', 'median'])
def test_equal_samples_have_a_kernel_of_ones(bandwidth: Bandwidth) -> None:
    ones = torch.ones(4, 3)
    assert torch.equal(pooled_kernel(ones, ones, (1.0, 2.0), bandwidth), torch.full((8, 8), 2.0))


@pytest.mark.parametrize('scales', [(), (1.0, 0.0), (-1.0,)])
def test_scales_are_above_zero(scales: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r'expected `scales` above 0, got \('):
        check_kernels(scales)


def test_an_unknown_bandwidth_is_named() -> None:
    with pytest.raises(ValueError, match=r"`bandwidth` to be one of \('mean', 'median'\), got 'mode'"):
        check_kernels(SCALES, 'mode')  # type: ignore[arg-type]


@pytest.mark.parametrize('scales', [SCALES, (0.3, 4.0), (1.0, 1.0), (2.0, 0.5, 1.0, 0.7), (3.0,)])
@pytest.mark.parametrize('width', [0.0, 0.4, 7.0])
def test_the_sum_without_a_gradient_is_the_same(scales: tuple[float, ...], width: float) -> None:
    distances = draw(9, 6).square()
    before, bandwidth = distances.clone(), torch.tensor(width, dtype=torch.float64)
    got = summed_gaussians(distances, scales, bandwidth)
    torch.testing.assert_close(got, gaussians(distances, scales, bandwidth), rtol=1e-12, atol=0)
    assert torch.equal(distances, before)
