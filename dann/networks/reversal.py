"""The gradient reversal layer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return -ctx.strength * gradient, None


def reverse_gradient(x: Tensor, strength: float) -> Tensor:
    r"""Identity forwards, multiplication by ``-strength`` backwards.

    .. math:: R_\lambda(x) = x, \qquad \mathrm{d}R_\lambda / \mathrm{d}x = -\lambda I

    Args:
        x: Any tensor.
        strength: The paper's lambda, at least 0. It scales only what flows back into ``x``: the critic behind
            the layer learns at full rate.

    Returns:
        A view of ``x``.

    Reference:
        `Domain-Adversarial Training of Neural Networks <https://arxiv.org/abs/1505.07818>`_, eqs. 16-17.

    Example:
        >>> x = torch.ones(3, requires_grad=True)
        >>> (2 * reverse_gradient(x, 0.25)).sum().backward()
        >>> x.grad
        tensor([-0.5000, -0.5000, -0.5000])
    """
    reversed_: Tensor = _Reversal.apply(x, strength)  # type: ignore[no-untyped-call]
    return reversed_
