<<<<<<< HEAD
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
=======
"""A seeded sample of a split, for scores whose cost grows faster than its size."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import torch
from torch import Tensor

from dann.views import View


def sample(view: View, most: int, seed: int = 0) -> View:
    """At most ``most`` samples of a view, drawn without replacement, in the view's order.

    A view that is small enough is returned as it is, and nothing is drawn. The draw has a generator of its own,
    so it depends on ``seed`` and the view's length alone, and the global one stays where it is.

    Args:
        view: Any view, ``B`` samples long.
        most: Number of samples that may remain, at least 1.
        seed: Of the draw.
    """
    if len(view) <= most:
        return view
    generator = torch.Generator().manual_seed(seed)
    kept = torch.randperm(len(view), generator=generator)[:most].sort().values
    return replace(view, **{field.name: pick(getattr(view, field.name), kept) for field in fields(view)})


def pick(value: Any, index: Tensor) -> Any:
    """Rows ``index`` of a tensor, of each tensor in a tuple, or of nothing."""
    if isinstance(value, Tensor):
        return value[index.to(value.device)]
    return None if value is None else tuple(pick(item, index) for item in value)
>>>>>>> ed4a9cb (Add marginal entropy, Corr-C, MaNo, MixVal, RankMe, ClassAMI, silhouette and EnsV)
