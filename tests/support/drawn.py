"""Seeded tensors in double precision, and pairs of domains."""

from __future__ import annotations

import torch
from torch import Tensor

Shapes = tuple[tuple[int, int], tuple[int, int]]
SHAPES: list[Shapes] = [((9, 4), (5, 4)), ((2, 1), (3, 1)), ((12, 7), (15, 7))]


def draw(*shape: int, seed: int = 0, grad: bool = False) -> Tensor:
    """Standard normal numbers."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_(grad)


def pair(shapes: Shapes) -> tuple[Tensor, Tensor]:
    """Two domains that differ in mean and spread."""
    return draw(*shapes[0], seed=1), 1.5 * draw(*shapes[1], seed=2) + 0.5
