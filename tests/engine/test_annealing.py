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


def test_the_schedule_starts_again_with_the_second_stage_and_after_a_saved_state() -> None:
    weight = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=2.0)
    annealing = Annealing(optimizer, Linear(1, 0), 7, 3)
    rates, saved = [], {}
    for step in range(7):
        rates.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        annealing.step()
        saved[step] = (annealing.state_dict(), optimizer.state_dict())
    assert rates == pytest.approx([2, 4 / 3, 2 / 3, 2, 1.5, 1, 0.5])
    for step in (1, 2, 4):
        optimizer = torch.optim.SGD([weight], lr=2.0)
        annealing = Annealing(optimizer, Linear(1, 0), 7, 3)
        annealing.load_state_dict(saved[step][0])
        optimizer.load_state_dict(saved[step][1])
        assert optimizer.param_groups[0]['lr'] == pytest.approx(rates[step + 1])
        optimizer.step()
        annealing.step()
        if step < 4:
            assert optimizer.param_groups[0]['lr'] == pytest.approx(rates[step + 2])
