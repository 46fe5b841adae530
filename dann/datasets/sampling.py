"""How often each source sample is drawn: as it comes, or so that classes or groups are equally frequent."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor

from dann.core.errors import UserError, check
from dann.core.fairness import cells, equal_weights, most_cells
from dann.core.groups import ungrouped

Sampling = Literal['natural', 'class', 'group', 'class_group']


def check_sampling(sampling: str) -> None:
    """Raise ``CheckError`` for a way of sampling that there is none of."""
    known = get_args(Sampling)
    check(sampling in known, f'expected `sampling` to be one of {known}, got {sampling!r}')


def sampling_weights(
    sampling: Sampling, labels: Tensor, groups: Tensor | None, num_classes: int, name: str
) -> Tensor | None:
    """Return the probability with which each sample is drawn, shape ``(N,)``; ``None`` for each once a pass.

    Args:
        sampling: ``class``, ``group`` or ``class_group``, which are drawn equally often; or ``natural``.
        labels: Classes, shape ``(N,)``.
        groups: Places of groups, shape ``(N,)``; ``None`` where there are none.
        num_classes: How many classes there are.
        name: Of the domain, for the message.

    Raises:
        UserError: Groups are to be drawn and there are none.
    """
    if sampling == 'natural':
        return None
    if groups is None and sampling != 'class':
        raise UserError(f'`sampling: {sampling}` draws by group: {ungrouped(name)}, or set `sampling: class`')
    own = cells(sampling, labels, groups, num_classes)
    counts = torch.bincount(own, minlength=most_cells(sampling, num_classes))
    return equal_weights(counts)[own] / len(own)


def drawn_by(weights: Tensor, count: int, seed: int, step: int) -> Tensor:
    """Return the samples of one step, with replacement, shape ``(count,)``: a pure function of seed and step.

    Args:
        weights: Probabilities, shape ``(N,)``.
        count: How many to draw.
        seed: Of the run.
        step: Of the run.
    """
    generator = torch.Generator().manual_seed((seed + 1) * 6_700_417 + step)
    return torch.multinomial(weights, count, replacement=True, generator=generator)
