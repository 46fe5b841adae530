"""The base class of what takes the place of the mean source loss, so that rare classes and groups count."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal, get_args

import torch
from torch import Tensor, nn

from dann.core.errors import check
from dann.core.frozen import frozen
from dann.core.groups import MOST_GROUPS
from dann.core.remembered import Remembered
from dann.core.search_space import Search
from dann.core.views import View

Cells = Literal['class', 'group', 'class_group']
By = Literal['group', 'class_group']


class Fairness(Remembered, nn.Module, ABC):
    """Makes one loss of the source samples' losses; a subclass writes ``forward``.

    It sees source samples alone, with their labels and groups: a target's groups are no part of training. State, such
    as the weight of a group, is a buffer, so that a resumed run goes on with it. ``needs_groups`` says that the source
    must have groups.
    """

    family: ClassVar[str] = 'fairness'
    needs_groups: ClassVar[bool] = False
    search: ClassVar[Search] = frozen({})

    def build(self, num_classes: int) -> None:
        """Create buffers whose shape depends on the classes. Called once, before training."""

    def learn(self, labels: Tensor, groups: Tensor | None) -> None:
        """Look at the source's training split; called at the start of a fit, after a checkpoint was read.

        Args:
            labels: Classes, shape ``(N,)``.
            groups: Places of groups, shape ``(N,)``; ``None`` where there are none.
        """

    @abstractmethod
    def forward(self, losses: Tensor, view: View, groups: Tensor | None) -> Tensor:
        """Return the loss of a batch, a scalar.

        Args:
            losses: Of each sample, shape ``(B,)``.
            view: The samples as the network sees them, with labels.
            groups: Places of groups, shape ``(B,)``; ``None`` where there are none.
        """


def check_by(by: str) -> None:
    """Raise ``CheckError`` unless ``by`` is a kind of group."""
    known = get_args(By)
    check(by in known, f'expected `by` to be one of {known}, got {by!r}')


def cells(by: Cells, labels: Tensor, groups: Tensor | None, num_classes: int) -> Tensor:
    """Return the number of the cell that each sample belongs to, shape ``(N,)``.

    Args:
        by: What makes a cell: a class, a group, or a class within a group.
        labels: Classes, shape ``(N,)``.
        groups: Places of groups, shape ``(N,)``; unused for ``class``.
        num_classes: How many classes there are.
    """
    if by == 'class':
        return labels
    assert groups is not None
    return groups if by == 'group' else groups * num_classes + labels


def most_cells(by: Cells, num_classes: int) -> int:
    """Return how many cells there can be."""
    return {'class': num_classes, 'group': MOST_GROUPS, 'class_group': MOST_GROUPS * num_classes}[by]


def equal_weights(counts: Tensor) -> Tensor:
    """Return a weight for each cell under which all count alike, mean 1 over samples; 0 for one without samples.

    Args:
        counts: Samples of each cell, shape ``(K,)``.
    """
    known = counts > 0
    share = counts.sum().double() / known.sum()
    return torch.where(known, share / counts.clamp(min=1), 0.0)


def means_of_cells(values: Tensor, own: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean over each cell that is present, shape ``(K, ...)``, and each sample's place there, ``(B,)``.

    Args:
        values: Shape ``(B, ...)``.
        own: The cell of each sample, shape ``(B,)``.
    """
    present, place = torch.unique(own, return_inverse=True)
    sums = values.new_zeros((len(present), *values.shape[1:])).index_add(0, place, values)
    counts = torch.bincount(place).reshape(-1, *[1] * (values.ndim - 1))
    return sums / counts, place
