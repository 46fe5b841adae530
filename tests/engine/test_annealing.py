"""The schedule scales the groups it began with, and leaves those that join later alone."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from dann.core.schedules import Linear
from dann.engine.annealing import Annealing


def test_groups_that_join_later_keep_their_rate() -> None:
    first, second = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([{'params': [first], 'lr': 2.0}], lr=1.0)
    annealing = Annealing(optimizer, Linear(1, 0), 4)
    optimizer.step()
    annealing.step()
    optimizer.add_param_group({'params': [second], 'lr': 0.3})
    for expected in (1.0, 0.5):
        optimizer.step()
        annealing.step()
        assert [group['lr'] for group in optimizer.param_groups] == pytest.approx([expected, 0.3])
        assert annealing.get_last_lr() == pytest.approx([expected, 0.3])
