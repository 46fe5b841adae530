"""Seeded samples of splits too large to compare pair by pair."""

from __future__ import annotations

import torch

from dann.core.errors import check
from dann.core.views import View


def sample(view: View, most: int, seed: int = 0) -> View:
    """At most ``most`` samples of a view, drawn without repetition, in the view's order.

    A view that is small enough is returned as it is, and nothing is drawn. The draw depends on the length, ``most``
    and ``seed`` alone, so two evaluations of one split see the same samples, and the global random state stays
    where it was.

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
    order = torch.randperm(len(view), generator=torch.Generator().manual_seed(seed))
    return view[order[:most].sort().values.to(view.features.device)]
