"""Weighted sums of kernel values of all pairs of samples, with their gradient, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Protocol

import torch
from torch import Tensor

from dann.core.errors import CheckError
from dann.functional.distances import blocks

PAIRS = 2**20


class PairKernel(Protocol):
    """A kernel that knows its slope; see ``Gaussians`` and ``Powers`` in ``dann.functional.kernels``."""

    def measure(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the number of each pair that the kernel is a function of, shape ``(len(x), len(y))``."""

    def values_and_slopes(self, measured: Tensor) -> tuple[Tensor, Tensor]:
        """Return the kernel and its derivative at each number."""

    def add_gradient(self, gradient: Tensor, force: Tensor, x: Tensor, y: Tensor) -> None:
        """Add the gradient in ``x`` of ``(force * measure(x, y)).sum()`` to ``gradient``."""


@dataclass(frozen=True, slots=True)
class PairWeights:
    r"""Symmetric weights of all pairs, :math:`W = M A M^\top`, without the matrix itself; no gradient flows into them.

    Args:
        members: :math:`M`, how much each sample belongs to each group, shape ``(N, K)``.
        between: :math:`A`, the weight of each pair of groups, symmetric, shape ``(K, K)``.
        diagonal: Whether a sample's pair with itself counts.
    """

    members: Tensor
    between: Tensor
    diagonal: bool = True

    def strip(self, rows: slice, dtype: torch.dtype) -> Tensor:
        """Weights of ``rows`` with themselves and with all later ones."""
        members = self.members.detach().to(dtype)
        weights = members[rows] @ self.between.detach().to(dtype) @ members[rows.start :].T
        if not self.diagonal:
            weights.diagonal().zero_()
        return weights


def kernel_sum(samples: Sequence[Tensor], kernels: Sequence[PairKernel], weights: PairWeights) -> Tensor:
    r"""Weighted sum over all pairs of the product over layers of each layer's kernel.

    .. math:: \ell = \sum_{ij} W_{ij} \prod_l k_l(x^l_i, x^l_j)

    Value and gradient are computed together, strip by strip of at most ``PAIRS`` pairs or one row, and each pair once:
    of matrices with all pairs, none is ever held. Autocast does not reach in here.

    Args:
        samples: Each layer's outputs of all samples, shape ``(N, D)``; ``D`` may differ between layers. Move them
            near the origin first, as ``dann.functional.distances.pool`` does.
        kernels: One for each layer.
        weights: Of the pairs.

    Returns:
        A scalar in float32 or better. It can be differentiated once: asking for a second derivative raises
        ``ValueError``.
    """
    dtype = reduce(torch.promote_types, [layer.dtype for layer in samples], torch.float32)
    wide = [layer.to(dtype) for layer in samples]
    # without memory of their own, they tie a second derivative to the samples
    ties = [layer[:0].clone() for layer in wide]
    value: Tensor = _KernelSum.apply(kernels, weights, *wide, *ties)  # type: ignore[no-untyped-call]
    return value


class _KernelSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, kernels: Sequence[PairKernel], weights: PairWeights, *both: Tensor) -> Tensor:
        samples, ties = both[: len(kernels)], both[len(kernels) :]
        needed = zip(samples, ctx.needs_input_grad[2:], strict=False)
        gradients = [torch.zeros_like(layer) if wanted else None for layer, wanted in needed]
        total = samples[0].new_zeros(())
        with torch.autocast(samples[0].device.type, enabled=False):
            for rows in blocks(len(samples[0]), max(1, PAIRS // len(samples[0]))):
                total += _strip(rows, samples, kernels, weights, gradients)
        ctx.save_for_backward(*gradients, *ties)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        count = len(ctx.saved_tensors) // 2
        twice = (
            2 * gradient
        )  # what a sample gets from its pairs as their first, it gets again as their second
        found = [
            None if each is None else _Once.apply(twice * each, tie)  # type: ignore[no-untyped-call]
            for each, tie in zip(ctx.saved_tensors[:count], ctx.saved_tensors[count:], strict=True)
        ]
        return None, None, *found, *[None] * count


class _Once(torch.autograd.Function):
    # torch's `once_differentiable` lets a second derivative pass as zero where the first one's factor is a constant
    @staticmethod
    def forward(_ctx: Any, gradient: Tensor, _tie: Tensor) -> Tensor:
        return gradient.view_as(gradient)

    @staticmethod
    def backward(_ctx: Any, _gradient: Tensor) -> tuple[Tensor, ...]:
        raise CheckError(
            'expected a mean discrepancy or moment loss to be differentiated once, got a second derivative; '
            'leave it out of what is differentiated twice'
        )


def _strip(
    rows: slice,
    samples: Sequence[Tensor],
    kernels: Sequence[PairKernel],
    weights: PairWeights,
    gradients: Sequence[Tensor | None],
) -> Tensor:
    strip = weights.strip(rows, samples[0].dtype)  # (R, R + L): the rows themselves, then the later ones
    parts = [
        kernel.values_and_slopes(kernel.measure(layer[rows], layer[rows.start :]))
        for layer, kernel in zip(samples, kernels, strict=True)
    ]
    for chosen, (layer, kernel, gradient) in enumerate(zip(samples, kernels, gradients, strict=True)):
        if gradient is not None:
            force = reduce(torch.mul, [part[number == chosen] for number, part in enumerate(parts)], strip)
            _add_gradient(kernel, gradient, force, layer, rows)
    weighted = reduce(torch.mul, [values for values, _ in parts], strip)
    return 2 * weighted.sum() - weighted[:, : len(strip)].sum()


def _add_gradient(kernel: PairKernel, gradient: Tensor, force: Tensor, layer: Tensor, rows: slice) -> None:
    near, later = layer[rows], layer[rows.stop :]
    kernel.add_gradient(gradient[rows], force, near, layer[rows.start :])
    if len(later) > 0:
        kernel.add_gradient(gradient[rows.stop :], force[:, len(near) :].T, later, near)
