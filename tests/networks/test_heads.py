"""Heads are matrix products with ReLU between them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dann.networks.heads import bottleneck, critic, mlp


def draw(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def by_hand(network: nn.Module, x: Tensor) -> NDArray[np.float32]:
    weights = [value.detach().numpy() for value in network.state_dict().values()]
    values = x.numpy()
    for number, (weight, bias) in enumerate(zip(weights[::2], weights[1::2], strict=True)):
        values = np.maximum(values, 0) if number else values
        values = values @ weight.T + bias
    return values


@pytest.mark.parametrize('sizes', [(6, 4), (6, 5, 4), (6, 7, 1, 3)])
def test_relu_stands_between_layers_and_not_after_the_last(sizes: tuple[int, ...]) -> None:
    network, x = mlp(sizes), draw(40, 6)
    scores = network(x)
    assert scores.shape == (40, sizes[-1])
    assert [tuple(layer.weight.shape) for layer in network if isinstance(layer, nn.Linear)] == [
        (after, before) for before, after in pairwise(sizes)
    ]
    np.testing.assert_allclose(scores.detach().numpy(), by_hand(network, x), atol=1e-5)
    assert not isinstance(network[-1], nn.ReLU)


def test_a_bottleneck_is_a_rectified_linear_layer() -> None:
    layer, x = bottleneck(6, 4), draw(9, 6)
    np.testing.assert_allclose(layer(x).detach().numpy(), np.maximum(by_hand(layer, x), 0), atol=1e-6)


def test_no_bottleneck_is_the_identity() -> None:
    x = draw(9, 6)
    assert bottleneck(6, None)(x) is x
    assert not list(bottleneck(6, None, batch_norm=True).parameters())


def test_batch_norm_stands_between_the_linear_layer_and_relu() -> None:
    layer, x = bottleneck(6, 4, batch_norm=True), draw(9, 6)
    weight, bias = (value.detach().double().numpy() for value in list(layer.parameters())[:2])
    values = x.double().numpy() @ weight.T + bias
    expected = np.maximum((values - values.mean(axis=0)) / np.sqrt(values.var(axis=0) + 1e-5), 0)
    np.testing.assert_allclose(layer(x).detach().numpy(), expected, atol=1e-5)


@pytest.mark.parametrize('batch', [1, 2, 9])
@pytest.mark.parametrize('hidden', [(), (5,), (5, 3)])
def test_a_critic_gives_one_logit_a_sample(batch: int, hidden: tuple[int, ...]) -> None:
    network, x = critic(6, hidden), draw(batch, 6)
    assert network(x).shape == (batch,)
    np.testing.assert_allclose(network(x).detach().numpy(), by_hand(network, x)[:, 0], atol=1e-6)
