"""An alignment of every source with the target, in place of one of their union."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import nn

from dann.core.alignment import Alignment
from dann.core.views import Losses, View


class PerSource(Alignment):
    r"""One copy of an alignment for each source, with parameters of its own; every term is the mean over the sources.

    .. math:: \ell = \frac1N \sum_{j=1}^N \ell_j(S_j, T)

    It stands for a row's alignment where ``per_source`` of the module asks for it, and says of itself what that says.

    Args:
        alignment: What aligns one source and the target.
        num_sources: Sources, N, at least 1.
    """

    listed = False

    def __init__(self, alignment: Alignment, num_sources: int) -> None:
        super().__init__()
        self.num_sources = num_sources
        self.pairs = nn.ModuleList(deepcopy(alignment) for _ in range(num_sources))
        for name in (
            'family',
            'recommended',
            'bottleneck_norm',
            'bottleneck_activation',
            'batch_norm_policy',
        ):
            setattr(self, name, getattr(alignment, name))

    def members(self) -> list[Alignment]:
        """Return the alignments, one for each source."""
        return [each for each in self.pairs if isinstance(each, Alignment)]

    def build(self, feature_dim: int, num_classes: int) -> None:
        """Build each of them."""
        for each in self.members():
            each.build(feature_dim, num_classes)

    def strength(self, progress: float) -> float:
        """Return the strength that each of them has."""
        return self.members()[0].strength(progress)

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the mean of each term over the sources."""
        parts = source.by_domain(self.num_sources)
        every = [each(part, target, strength) for each, part in zip(self.members(), parts, strict=True)]
        return {name: torch.stack([terms[name] for terms in every]).mean() for name in every[0]}

    def diagnose(self, source: View, target: View) -> dict[str, float]:
        """Return nothing: held-out views are of all sources together."""
        return {}
