"""Numbers outside the state dict."""

from __future__ import annotations

import torch
from torch import nn

from dann.audit.plain import plain_state
from dann.core.schedules import Linear


def test_plain_numbers_are_found_and_buffers_are_not() -> None:
    part = nn.Module()
    part.register_buffer('kept', torch.zeros(()))
    vars(part).update(steps=3, schedule=Linear(0.0, 2.0), sizes=(1, 2), name='x')
    whole = nn.ModuleDict({'part': part})
    assert plain_state(whole) == {
        'part.steps': 3,
        'part.schedule.start': 0.0,
        'part.schedule.stop': 2.0,
        'part.sizes': (1, 2),
    }
