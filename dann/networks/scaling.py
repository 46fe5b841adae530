"""Frozen features brought to one scale, number by number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from dann.core.errors import check
from dann.networks.standardised import learn_scale

StandardisedBy = Literal['none', 'source', 'both']


class Scaling(nn.Module):
    """Subtracts the mean of every feature and divides by its deviation; both are learned once, and never trained.

    Mean and deviation are buffers: they are saved in checkpoints and not learned again by a network that has them. A
    feature whose deviation is at most 1e-6 of its mean, or at most 1e-6, is only centred. Before they are learned,
    features leave as they are.

    Args:
        width: Numbers of a feature vector.
    """

    mean: Tensor
    std: Tensor
    learned: Tensor  # samples that mean and deviation are from; 0 before

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer('mean', torch.zeros(width))
        self.register_buffer('std', torch.ones(width))
        self.register_buffer('learned', torch.zeros((), dtype=torch.int64))

    def learn(self, chunks: Iterator[Tensor]) -> None:
        """Learn mean and deviation of features, shape ``(B, width)`` each, unless they are known already."""
        learn_scale(self, chunks, self.mean.shape)

    def forward(self, features: Tensor) -> Tensor:
        """Return features ``(B, width)`` on one scale."""
        return (features - self.mean) / self.std


def scaling(width: int, standardised_by: StandardisedBy) -> nn.Module:
    """Return what features of that width pass through; the identity for ``none``.

    Raises:
        ValueError: The option is none of the three.
    """
    known = get_args(StandardisedBy)
    check(
        standardised_by in known,
        f'expected `standardised_by` to be one of {known}, got {standardised_by!r}',
    )
    return nn.Identity() if standardised_by == 'none' else Scaling(width)
