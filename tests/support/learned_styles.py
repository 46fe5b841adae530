"""Styles that train networks of their own, with weights that make every term say something."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from training import make

from dann.methods.style.learned import Learned


def pictures(count: int, height: int = 8, width: int = 8, *, seed: int = 0) -> Tensor:
    """Random images, shape ``(count, 3, height, width)``, in double precision."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, 3, height, width, generator=generator, dtype=torch.float64)


def learned(name: str, **options: object) -> Learned:
    """A learned style of three classes with random weights; one that starts as the identity has little to say."""
    torch.manual_seed(0)
    style = make(name, **options)
    assert isinstance(style, Learned)
    style.build(3)
    for parameter in style.parameters():
        nn.init.normal_(parameter, std=0.2)
    return style.double()


def gradients(loss: Tensor, module: nn.Module) -> list[Tensor]:
    """Gradients of ``loss`` in the parameters of ``module``, zeros where it does not reach them."""
    return list(
        torch.autograd.grad(loss, list(module.parameters()), retain_graph=True, materialize_grads=True)
    )
