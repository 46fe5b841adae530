"""The moving average against a loop of its own."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from dann.networks.average import MovingAverage
from dann.networks.batch_norm import split_batch_norm


def network(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)).double()


def test_every_update_is_the_weighted_mean_of_before_and_now() -> None:
    start, decay = network(0), 0.7
    average = MovingAverage(start, decay)
    expected = {name: value.numpy().copy() for name, value in start.state_dict().items()}
    for count in range(1, 8):
        now = network(count)
        now(torch.randn(5, 3, dtype=torch.float64))  # moves batch norm's statistics
        average.update(now)
        keep = min(decay, count / (count + 1))
        for name, value in now.state_dict().items():
            mine = value.numpy()
            expected[name] = keep * expected[name] + (1 - keep) * mine if value.is_floating_point() else mine
    for name, value in average.network.state_dict().items():
        np.testing.assert_allclose(value.numpy(), expected[name], rtol=1e-9, atol=1e-12)


def test_the_first_update_forgets_half_of_the_start_and_none_reaches_the_network() -> None:
    one, other = network(0), network(1)
    average = MovingAverage(one)
    average.update(other)
    weights = (next(each.parameters()) for each in (average.network, one, other))
    mine, first, second = weights
    torch.testing.assert_close(mine, (first + second) / 2)
    assert not any(parameter.requires_grad for parameter in average.parameters())


def test_copies_and_saved_states_continue_alike() -> None:
    average = MovingAverage(network(0), 0.9)
    for seed in range(1, 4):
        average.update(network(seed))
    copied, loaded = deepcopy(average), MovingAverage(network(5), 0.9)
    loaded.load_state_dict(average.state_dict())
    for twin in (average, copied, loaded):
        twin.update(network(9))
    for twin in (copied, loaded):
        for name, value in average.state_dict().items():
            assert torch.equal(value, twin.state_dict()[name]), name


@pytest.mark.parametrize('decay', [-0.1, 1.0])
def test_a_decay_out_of_range_is_refused(decay: float) -> None:
    with pytest.raises(ValueError, match=r'`decay` in \[0, 1\)'):
        MovingAverage(network(0), decay)


def test_shared_parts_are_those_of_the_network() -> None:
    start = network(0)
    assert isinstance(start, nn.Sequential)
    start[0].requires_grad_(False)
    average = MovingAverage(start, 0.5, [start[0]])
    assert average.network[0] is start[0]
    assert average.network[2] is not start[2]
    before = {name: value.clone() for name, value in start.state_dict().items()}
    average.update(start)
    assert all(torch.equal(value, before[name]) for name, value in start.state_dict().items())


def test_a_copy_with_statistics_of_its_own_takes_the_weights_alone() -> None:
    start = network(0)
    average = MovingAverage(start, 0.7, own_statistics=True)
    average.network(torch.randn(5, 3, dtype=torch.float64) + 3)  # as a teacher does while it trains
    seen = {name: value.clone() for name, value in average.network.named_buffers()}
    now = network(1)
    now(torch.randn(5, 3, dtype=torch.float64) - 3)
    average.update(now)
    for name, value in average.network.named_buffers():
        assert torch.equal(value, seen[name]), name
    for mine, one, other in zip(
        average.network.parameters(), start.parameters(), now.parameters(), strict=True
    ):
        torch.testing.assert_close(mine, (one + other) / 2)


def test_no_source_image_passes_through_a_teacher_so_that_the_sources_statistics_are_averaged() -> None:
    start, now = network(0), network(1)
    for each in (start, now):
        split_batch_norm(each)
    average = MovingAverage(start, 0.7, own_statistics=True)
    split: Any = now.get_submodule('1')
    for norm in split.norms.values():
        norm.running_mean.fill_(4.0)
    average.update(now)
    averaged: Any = average.network.get_submodule('1')
    means = {domain: float(norm.running_mean[0]) for domain, norm in averaged.norms.items()}
    assert means == {'source': 2.0, 'target': 0.0}
