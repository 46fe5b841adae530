"""The few-label setting: some target labels are given away, openly."""

from __future__ import annotations

import torch
from torch import Tensor

from dann.core.errors import UserError
from dann.datasets.base import DomainDataset


def draw_shots(target: DomainDataset, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Labelled samples of the target's training split, the same number of each class.

    Args:
        target: The domain.
        count: Samples of each class.
        seed: Of the draw.

    Returns:
        Their positions in the training split and their classes, both of shape ``(count * C,)``.

    Raises:
        UserError: A class has fewer samples.
    """
    labels = target.labels('train')
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
