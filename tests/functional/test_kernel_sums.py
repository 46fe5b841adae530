"""Weighted sums of kernels over all pairs, against a loop over the pairs and against the whole matrix."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from draws import draw
from torch import Tensor

from dann.functional.distances import squared_distances
from dann.functional.kernel_sums import PairKernel, PairWeights, kernel_sum
from dann.functional.kernels import Gaussians, Powers

GAUSSIANS, POWERS = Gaussians((0.3, 4.0), 6.0), Powers(3, 2.0)
KERNELS: list[list[PairKernel]] = [
    [GAUSSIANS],
    [POWERS],
    [GAUSSIANS, Gaussians((1.0,), 0.84), Powers(1, 4.0)],
]
kernels = pytest.mark.parametrize('kernels', KERNELS)
diagonals = pytest.mark.parametrize('diagonal', [True, False])
strips = pytest.mark.parametrize('most', [1, 30, 2**20])


def weights(count: int, *, diagonal: bool = True) -> PairWeights:
    members, between = draw(count, 3, seed=1), draw(3, 3, seed=2)
    return PairWeights(members, between + between.T, diagonal)


def layers(count: int, kernels: Sequence[PairKernel]) -> list[Tensor]:
    return [draw(count, 4 + number, seed=3 + number, grad=True) for number in range(len(kernels))]


def whole(samples: Sequence[Tensor], kernels: Sequence[PairKernel], pairs: PairWeights) -> Tensor:
    """The sum from matrices of all pairs, which autograd differentiates."""
    matrix = pairs.members @ pairs.between @ pairs.members.T
    if not pairs.diagonal:
        matrix = matrix - matrix.diagonal().diag()
    for layer, kernel in zip(samples, kernels, strict=True):
        if isinstance(kernel, Gaussians):
            matrix = matrix * kernel(squared_distances(layer, layer))
        elif isinstance(kernel, Powers):
            matrix = matrix * (layer @ layer.T / kernel.divisor).pow(kernel.order)
    return matrix.sum()


@kernels
@diagonals
def test_a_kernel_sum_is_that_of_its_pairs(kernels: list[PairKernel], diagonal: bool) -> None:
    samples, pairs, expected = layers(7, kernels), weights(7, diagonal=diagonal), 0.0
    for i in range(7):
        for j in range(7):
            value = float(pairs.members[i] @ pairs.between @ pairs.members[j]) * (diagonal or i != j)
            for x, kernel in zip((layer.detach() for layer in samples), kernels, strict=True):
                if isinstance(kernel, Gaussians):
                    gap = float((x[i] - x[j]).square().sum()) / (2 * float(kernel.bandwidth))
                    value *= sum(float(torch.tensor(-gap / scale).exp()) for scale in kernel.scales)
                elif isinstance(kernel, Powers):
                    value *= (float(x[i] @ x[j]) / kernel.divisor) ** kernel.order
            expected += value
    assert float(kernel_sum(samples, kernels, pairs).detach()) == pytest.approx(expected, rel=1e-6)


@kernels
@diagonals
@strips
def test_strips_agree_with_the_whole_matrix(
    kernels: list[PairKernel], diagonal: bool, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('dann.functional.kernel_sums.PAIRS', most)
    samples, pairs = layers(13, kernels), weights(13, diagonal=diagonal)
    value, expected = kernel_sum(samples, kernels, pairs), whole(samples, kernels, pairs)
    torch.testing.assert_close(value, expected, rtol=1e-9, atol=1e-12)
    gradients = zip(
        torch.autograd.grad(3 * value, samples), torch.autograd.grad(3 * expected, samples), strict=True
    )
    for got, wanted in gradients:
        torch.testing.assert_close(got, wanted, rtol=1e-9, atol=1e-12)


@kernels
def test_gradients(kernels: list[PairKernel], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('dann.functional.kernel_sums.PAIRS', 21)
    assert torch.autograd.gradcheck(
        lambda *samples: kernel_sum(samples, kernels, weights(7)), layers(7, kernels)
    )


def test_only_a_layer_that_asks_for_it_gets_a_gradient() -> None:
    samples = [draw(5, 3, seed=1), draw(5, 4, seed=2, grad=True)]
    value = kernel_sum(samples, [GAUSSIANS, POWERS], weights(5))
    (gradient,) = torch.autograd.grad(value, samples[1])
    assert gradient.any()
    assert not kernel_sum([samples[0]], [GAUSSIANS], weights(5)).requires_grad


def test_a_second_derivative_is_refused() -> None:
    samples = layers(5, [GAUSSIANS])
    value = kernel_sum(samples, [GAUSSIANS], weights(5))
    (gradient,) = torch.autograd.grad(value, samples, create_graph=True)
    with pytest.raises(ValueError, match='differentiated once, got a second derivative; leave it out'):
        torch.autograd.grad(gradient.square().sum() + samples[0].sum(), samples)


@pytest.mark.parametrize('narrow', [torch.float32, torch.bfloat16])
def test_autocast_and_narrow_samples_are_summed_in_float32(narrow: torch.dtype) -> None:
    samples = [draw(20, 4).to(narrow).requires_grad_()]
    exact = kernel_sum([samples[0].detach().double()], [GAUSSIANS], weights(20))
    with torch.autocast('cpu', dtype=torch.bfloat16):
        got = kernel_sum(samples, [GAUSSIANS], weights(20))
    assert got.dtype == torch.float32
    torch.testing.assert_close(got.double(), exact, rtol=1e-4, atol=1e-4)
    assert torch.autograd.grad(got, samples)[0].dtype == narrow
