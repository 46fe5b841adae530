"""The few-label setting: some target labels are given away, openly."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from dann.core.errors import UserError
from dann.datasets.base import DomainDataset


def draw_shots(target: DomainDataset, count: int | Literal['all'], seed: int) -> tuple[Tensor, Tensor]:
    """Labelled samples of the target's training split, the same number of each class.

    Args:
        target: The domain.
        count: Samples of each class; ``all`` for all of them, in the order of the split.
        seed: Of the draw.

    Returns:
        Their positions in the training split and their classes, both of shape ``(count * C,)``; ``(N,)`` for all.

    Raises:
        UserError: A class has fewer samples.
    """
    labels = target.labels('train')
    if count == 'all':
        return torch.arange(len(labels)), labels
    generator = torch.Generator().manual_seed(seed)
    chosen = []
    for index, name in enumerate(target.classes):
        members = (labels == index).nonzero().flatten()
        if len(members) < count:
            msg = f'class {name} of {target.name} has {len(members)} samples, needs {count}; lower `shots`'
            raise UserError(msg)
        chosen.append(members[torch.randperm(len(members), generator=generator)[:count]])
    positions = torch.cat(chosen)
    return positions, labels[positions]


def draw_more(target: DomainDataset, count: int, more: int, seed: int) -> tuple[Tensor, Tensor]:
    """Labelled samples that are drawn behind those of ``draw_shots(target, count, seed)``, to score on.

    Args:
        target: The domain.
        count: Samples of each class that are trained on.
        more: Samples of each class to return.
        seed: Of the draw.

    Returns:
        Their positions in the training split and their classes, both of shape ``(more * C,)``.

    Raises:
        UserError: A class has fewer samples than both together.
    """
    positions, labels = draw_shots(target, count + more, seed)
    behind = torch.arange(len(labels)) % (count + more) >= count
    return positions[behind], labels[behind]
