"""Heads are matrix products with ReLU between them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from references_adversarial import normalised, with_norm
from torch import Tensor, nn

from dann.networks.heads import Norm, bottleneck, check_layers, classifier, critic, mlp


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


def test_a_bottleneck_may_end_in_a_tanh() -> None:
    layer, x = bottleneck(6, 4, activation='tanh'), draw(9, 6)
    np.testing.assert_allclose(layer(x).detach().numpy(), np.tanh(by_hand(layer, x)), atol=1e-6)


NORMS: list[Norm] = ['none', 'batch', 'layer']


@pytest.mark.parametrize('norm', NORMS)
def test_a_bottleneck_without_activation_is_linear_and_normed(norm: Norm) -> None:
    layer, x = bottleneck(6, 4, norm=norm, activation='none'), draw(9, 6)
    expected = normalised(with_norm(layer, x, norm), norm)
    assert (expected < 0).any()
    np.testing.assert_allclose(layer(x).detach().numpy(), expected, atol=1e-5)
    dropping = bottleneck(6, 4, norm=norm, activation='none', dropout=0.5)
    assert [type(part) for part in dropping.children()][-1] is nn.Dropout


def test_no_bottleneck_is_the_identity() -> None:
    x = draw(9, 6)
    assert bottleneck(6, None)(x) is x


@pytest.mark.parametrize('norm', NORMS)
def test_norm_stands_between_the_linear_layer_and_relu(norm: Norm) -> None:
    layer, x = bottleneck(6, 4, norm=norm), draw(9, 6)
    expected = np.maximum(normalised(with_norm(layer, x, norm), norm), 0)
    np.testing.assert_allclose(layer(x).detach().numpy(), expected, atol=1e-5)


@pytest.mark.parametrize('norm', NORMS)
@pytest.mark.parametrize('hidden', [(), (5,), (5, 4)])
def test_norm_stands_behind_every_hidden_layer_of_a_critic(norm: Norm, hidden: tuple[int, ...]) -> None:
    network, x = critic(6, hidden, norm).double(), draw(9, 6).double()
    np.testing.assert_allclose(network(x).detach().numpy(), with_norm(network, x, norm)[:, 0], atol=1e-9)


@pytest.mark.parametrize('norm', NORMS)
def test_a_critic_evaluates_a_single_sample(norm: Norm) -> None:
    network = critic(6, (5, 3), norm, dropout=0.5).double().eval()
    x = draw(4, 6).double()
    torch.testing.assert_close(network(x[:1]), network(x)[:1])


@pytest.mark.parametrize('norm', NORMS)
def test_linear_layers_start_the_same_whatever_the_norm_and_dropout(norm: Norm) -> None:
    weights = []
    choices: list[dict[str, Any]] = [{}, {'norm': norm, 'dropout': 0.5}]
    for options in choices:
        torch.manual_seed(3)
        layers = [layer for layer in mlp((6, 5, 4, 2), **options) if isinstance(layer, nn.Linear)]
        weights.append([layer.weight for layer in layers])
    torch.testing.assert_close(*weights)


def test_dropout_stands_behind_relu_and_only_in_training() -> None:
    torch.manual_seed(0)
    layer, x = bottleneck(6, 400, dropout=0.25), draw(50, 6)
    dropped, whole = layer(x), layer.eval()(x)
    kept = (dropped != 0) & (whole > 0)
    torch.testing.assert_close(dropped[kept], whole[kept] / 0.75)
    assert 0.2 < 1 - float(kept.sum() / (whole > 0).sum()) < 0.3
    assert sum(isinstance(each, nn.Dropout) for each in critic(6, (5, 4), dropout=0.5).modules()) == 2
    assert not any(isinstance(each, nn.Dropout) for each in critic(6, (5, 4)).modules())


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        (((5, 0), 'none', 0.0), 'expected `hidden` sizes above 0'),
        (((5,), 'bach', 0.0), "expected `norm` to be one of .*, got 'bach'"),
        (((5,), 'batch', 1.0), r'expected `dropout` in \[0, 1\), got 1.0'),
        (((5,), 'batch', -0.1), r'expected `dropout` in \[0, 1\), got -0.1'),
    ],
)
def test_layers_that_make_no_sense_are_refused(options: tuple[Any, ...], said: str) -> None:
    check_layers((5,), 'layer', 0.0)
    with pytest.raises(ValueError, match=said):
        check_layers(*options)


@pytest.mark.parametrize('batch', [1, 2, 9])
@pytest.mark.parametrize('hidden', [(), (5,), (5, 3)])
def test_a_critic_gives_one_logit_a_sample(batch: int, hidden: tuple[int, ...]) -> None:
    network, x = critic(6, hidden), draw(batch, 6)
    assert network(x).shape == (batch,)
    np.testing.assert_allclose(network(x).detach().numpy(), by_hand(network, x)[:, 0], atol=1e-6)


def test_a_classifier_of_its_own_drops_features_too() -> None:
    layers = list(classifier(6, (5, 4), 3, 'batch', 0.25))
    kinds = [type(layer).__name__ for layer in layers]
    assert kinds == 2 * ['Dropout', 'Linear', 'BatchNorm1d', 'ReLU'] + ['Dropout', 'Linear']
    widths = [tuple(layer.weight.shape) for layer in layers if isinstance(layer, nn.Linear)]
    assert widths == [(5, 6), (4, 5), (3, 4)]
    assert [type(layer).__name__ for layer in classifier(6, (), 3)] == ['Linear']


@pytest.mark.parametrize('width', [0, -1, 1_000_001, 10**30])
def test_a_width_that_no_memory_holds_is_refused(width: int) -> None:
    builds: list[Callable[[], nn.Module]] = [
        lambda: bottleneck(4, width),
        lambda: mlp((4, width, 2)),
        lambda: mlp((4, width)),
    ]
    for build in builds:
        with pytest.raises(ValueError, match='expected a layer of 1 to 1,000,000 numbers, got '):
            build()
