"""States are compared to the last bit."""

from __future__ import annotations

from copy import copy

import torch

from dann.audit.weights import compared, differing


def test_states_are_compared_to_the_last_bit() -> None:
    one = {'a': torch.ones(2), 'b': torch.zeros(1)}
    other = copy(one) | {'a': torch.ones(2) + torch.tensor([0.0, 1e-7])}
    assert differing(one, one) == []
    assert differing(one, other) == ['a']
    assert differing(one, {'a': one['a']}) == ['b']
    assert compared(one, other).startswith('1 of 2 tensors differ, by up to 1.2e-07')
