"""Labelled source samples of several groups as a network sees them, in double precision."""

from __future__ import annotations

import torch
from torch import Tensor

from dann.core.views import View


def drawn_view(
    count: int = 23, classes: int = 4, groups: int = 3, seed: int = 0
) -> tuple[View, Tensor, Tensor]:
    """A view, the losses of its samples, and their groups."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(count, classes, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, classes, (count,), generator=generator)
    own = torch.randint(0, groups, (count,), generator=generator)
    losses = torch.rand(count, generator=generator, dtype=torch.float64)
    return View(logits[:, :2], logits, labels), losses, own


def split(count: int = 97, classes: int = 4, groups: int = 3) -> tuple[Tensor, Tensor]:
    """Labels and groups of a training split in which some are rarer than others."""
    place = torch.arange(count)
    return (place.sqrt().long() % classes), (place % (groups + 3)).clamp(max=groups - 1)
