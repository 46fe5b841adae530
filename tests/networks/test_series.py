"""A convolutional network over time, computed a second time by loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from draws import draw

from dann.core.errors import CheckError
from dann.networks.series import ConvNet1d


def test_it_is_convolution_pooling_and_the_mean_over_time() -> None:
    network: Any = ConvNet1d((3,), (5,)).double()
    network.build((2, 9))
    network.double()
    series = draw(4, 2, 9)
    weight, bias = (value.detach().numpy() for value in network.layers[0].parameters())
    padded = np.pad(series.numpy(), ((0, 0), (0, 0), (2, 2)))
    expected = np.zeros((4, 3))
    for sample in range(4):
        for channel in range(3):
            steps = [(weight[channel] * padded[sample, :, t : t + 5]).sum() + bias[channel] for t in range(9)]
            halves = [max(steps[2 * t], steps[2 * t + 1], 0) for t in range(4)]
            expected[sample, channel] = np.mean(halves)
    np.testing.assert_allclose(network(series).detach().numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize(
    'options', [{}, {'pool': False, 'batch_norm': True}, {'channels': (4,), 'kernels': (1,)}]
)
@pytest.mark.parametrize('steps', [8, 31])
def test_any_length_gives_as_many_features(options: dict[str, Any], steps: int) -> None:
    network = ConvNet1d(**options)
    network.build((2, steps))
    assert network(torch.zeros(3, 2, steps)).shape == (3, network.out_features)
    assert network.out_features == network.channels[-1]


def test_what_makes_no_network_is_refused() -> None:
    with pytest.raises(CheckError, match='at least 8 steps for 3 blocks, got 7; take fewer'):
        ConvNet1d().build((2, 7))
    with pytest.raises(CheckError, match='as many `channels` as `kernels`'):
        ConvNet1d((3, 4), (3,))
    with pytest.raises(CheckError, match='odd `kernels` above 0'):
        ConvNet1d((3,), (4,))
