"""Seeded random tensors, views and images in double precision, and checks that several losses share."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TypeVar

import pytest
import torch
from torch import Tensor

from dann.core.views import View
from dann.methods.alignment import Alignment

Shapes = tuple[tuple[int, int], tuple[int, int]]
Kind = TypeVar('Kind', bound=Alignment)

SHAPES: list[Shapes] = [((9, 4), (5, 4)), ((2, 1), (3, 1)), ((12, 7), (15, 7))]
CLASSES = 3


def draw(*shape: int, seed: int = 0, grad: bool = False) -> Tensor:
    """Standard normal numbers."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_(grad)


def draw_wide(*shape: int, seed: int = 0) -> Tensor:
    """Normal numbers of deviation 2: logits that are neither flat nor certain."""
    return 2 * draw(*shape, seed=seed)


def images(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    """Uniform numbers in [0, 1)."""
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def pair(shapes: Shapes, *, grad: bool = False) -> tuple[Tensor, Tensor]:
    """Features of two domains that differ in mean and spread."""
    source, target = draw(*shapes[0], seed=1), 1.5 * draw(*shapes[1], seed=2) + 0.5
    return source.requires_grad_(grad), target.requires_grad_(grad)


def views(shapes: Shapes = SHAPES[0]) -> tuple[View, View]:
    """Both domains as a network sees them, with two hidden layers and source labels."""
    source, target = (
        View(
            features,
            2 * draw(len(features), CLASSES, seed=3 + side),
            hidden=tuple(draw(len(features), width, seed=5 + side + width) for width in (6, 2)),
        )
        for side, features in enumerate(pair(shapes))
    )
    labels = torch.arange(len(source)) % CLASSES
    return View(source.features, source.logits, labels, source.hidden), target


def leaf_views(sizes: tuple[int, int] = (9, 5)) -> tuple[View, View]:
    """Views without labels, whose features and logits are leaves that a gradient can be asked for."""
    return (
        View(draw(sizes[0], 4, seed=3, grad=True), draw(sizes[0], 3, seed=4, grad=True)),
        View(draw(sizes[1], 4, seed=5, grad=True), draw(sizes[1], 3, seed=6, grad=True)),
    )


def built(method: Kind, width: int = 4, classes: int = CLASSES) -> Kind:
    """Return ``method`` with its parameters created from one seed, in double precision."""
    torch.manual_seed(0)
    method.build(width, classes)
    return method.double()


def hold_bandwidth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fix the bandwidth of every kernel: losses hold it constant in the gradient, and differences must see the same."""
    for module in ('methods.alignment.jmmd', 'functional.kernels'):
        constant = f'dann.{module}.mean_distance'
        monkeypatch.setattr(constant, lambda pooled: pooled.new_tensor(6.0))


def assert_widths_differ_by_name(function: Callable[[Tensor, Tensor], Tensor]) -> None:
    """Assert that features of two widths are refused with both shapes in the message."""
    message = 'expected features of shape (Bs, D) and (Bt, D), got (9, 4) and (9, 3)'
    with pytest.raises(ValueError, match=re.escape(message)):
        function(draw(9, 4), draw(9, 3))


def assert_source_labels_needed(method: Alignment) -> None:
    """Assert that a source view without labels is refused."""
    source, target = views()
    with pytest.raises(ValueError, match='expected a labelled source view, got `labels` of None'):
        method(View(source.features, source.logits), target, 1.0)


def assert_starts_at_chance(method: Alignment) -> None:
    """Assert that a new domain critic's loss is that of a coin."""
    (loss,) = built(method)(*leaf_views((64, 64)), 1.0).values()
    assert loss.item() == pytest.approx(math.log(2), abs=0.1)
