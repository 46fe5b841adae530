"""Seeded samples of splits too large to compare pair by pair."""

from __future__ import annotations

import torch
from torch import Tensor

from dann.errors import check
from dann.views import View


def sample_index(count: int, most: int, seed: int = 0) -> Tensor:
    """``most`` of ``count`` positions without repetition, ascending; drawn by a generator of their own."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randperm(count, generator=generator)[:most].sort().values


def sample(view: View, most: int, seed: int = 0) -> View:
    """The view itself where it holds at most ``most`` samples, else ``most`` of them in their order.

    The draw depends on the length, ``most`` and ``seed`` alone, so two evaluations of one split see the same
    samples, and the global random state stays where it was.

    Args:
        view: A whole split.
        most: How many samples to keep, above 0.
        seed: Of the draw.

    Raises:
        ValueError: ``most`` below 1.
    """
    check(most > 0, f'expected `most` above 0, got {most}')
    if len(view) <= most:
        return view
    index = sample_index(len(view), most, seed).to(view.features.device)
    labels = None if view.labels is None else view.labels[index]
    return View(
        view.features[index], view.logits[index], labels, tuple(layer[index] for layer in view.hidden)
    )
