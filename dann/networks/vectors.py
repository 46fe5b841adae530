"""Backbones for feature vectors: none at all, and a multilayer perceptron."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from torch import nn

from dann.core.errors import check
from dann.networks.standardised import Standardised


class Identity(Standardised):
    """The sample itself, standardised and flattened: with a bottleneck a linear layer and ReLU, without one the data.

    It takes samples of any shape.

    Args:
        standardise: Standardise by the source's training samples, see ``Standardised``.
    """

    axes: ClassVar[int] = 0

    def layers_for(self, shape: tuple[int, ...]) -> tuple[nn.Module, int]:
        """Return a layer that flattens."""
        return nn.Flatten(), math.prod(shape)


class MLP(Standardised):
    """Linear layers with ReLU on feature vectors ``(B, D)``.

    Weights start as He et al. (2015) draw them, biases at 0.

    Args:
        hidden: Width of each layer, the last one that of the features.
        dropout: Share of the outputs of each layer that are dropped in training, in [0, 1).
        batch_norm: Put batch norm after each linear layer.
        standardise: Standardise by the source's training samples, see ``Standardised``.
    """

    axes: ClassVar[int] = 1

    def __init__(
        self,
        hidden: Sequence[int] = (256,),
        dropout: float = 0.0,
        *,
        batch_norm: bool = False,
        standardise: bool = True,
    ) -> None:
        super().__init__(standardise=standardise)
        check(
            len(hidden) > 0 and min(hidden) > 0,
            f'expected `hidden` to be widths above 0, got {list(hidden)}; take Identity for no layer',
        )
        check(0 <= dropout < 1, f'expected `dropout` in [0, 1), got {dropout}')
        self.hidden, self.dropout, self.batch_norm = tuple(hidden), dropout, batch_norm

    def layers_for(self, shape: tuple[int, ...]) -> tuple[nn.Module, int]:
        """Return the layers."""
        layers: list[nn.Module] = []
        for before, after in pairwise((*shape, *self.hidden)):
            linear = nn.Linear(before, after)
            nn.init.kaiming_normal_(linear.weight, nonlinearity='relu')
            nn.init.zeros_(linear.bias)
            layers += [linear, *([nn.BatchNorm1d(after)] if self.batch_norm else []), nn.ReLU()]
            layers += [nn.Dropout(self.dropout)] if self.dropout else []
        return nn.Sequential(*layers), self.hidden[-1]
