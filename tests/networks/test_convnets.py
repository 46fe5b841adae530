"""Convolutional backbones are the papers' layers, counted and computed a second time by hand."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dann.networks.backbone import weights_hash
from dann.networks.convnets import ConvNet, GaninGTSRB, GaninMNIST, GaninSVHN, LeNet

PLANS: list[dict[str, Any]] = [
    {'image_size': 28},
    {'image_size': 64},
    {'image_size': 9, 'channels': (3,), 'kernels': (3,), 'pools': (0,), 'same': False},
    {'image_size': 21, 'channels': (4, 6, 5), 'kernels': (5, 3, 1), 'pools': (3, 2, 0)},
    {'image_size': 33, 'channels': (4, 6), 'kernels': (3, 5), 'pools': (0, 3), 'strides': (2, 1)},
    {
        'image_size': 32,
        'channels': (4, 6),
        'kernels': (4, 5),
        'pools': (2, 0),
        'strides': (3, 2),
        'same': False,
    },
    {'image_size': 28, 'channels': (4, 6), 'kernels': (3, 3), 'pools': (2, 2), 'batch_norm': True},
    {'image_size': 28, 'in_channels': 1, 'channels': (7,), 'kernels': (3,), 'pools': (2,)},
]


def pixels(network: ConvNet, count: int = 3) -> Tensor:
    return torch.rand(count, *network.image_shape, generator=torch.Generator().manual_seed(0))


def expected_features(
    image_size: int = 28,
    channels: Sequence[int] = (32, 64, 64),
    kernels: Sequence[int] = (3, 3, 3),
    pools: Sequence[int] = (2, 2, 2),
    strides: Sequence[int] | None = None,
    *,
    same: bool = True,
    **_: Any,
) -> int:
    size = image_size
    for kernel, pool, stride in zip(kernels, pools, strides or (1,) * len(kernels), strict=True):
        size = (size + 2 * (kernel // 2 if same else 0) - kernel) // stride + 1
        size = (size + 2 * ((pool - 1) // 2) - pool) // 2 + 1 if pool else size
    return channels[-1] * size**2


def relu_before_pooling(network: ConvNet, images: Tensor, plan: dict[str, Any]) -> Tensor:
    """Compute features from the weights alone, in the order of the papers."""
    x = (images - 0.5) / 0.5
    convolutions = [layer for layer in network.layers if isinstance(layer, nn.Conv2d)]
    pools = plan.get('pools', (2, 2, 2))
    strides = plan.get('strides', (1,) * len(pools))
    for layer, pool, stride in zip(convolutions, pools, strides, strict=True):
        padding = layer.weight.shape[-1] // 2 if plan.get('same', True) else 0
        x = F.conv2d(x, layer.weight.contiguous(), layer.bias, stride, padding)
        if plan.get('batch_norm'):
            x = (x - x.mean((0, 2, 3), keepdim=True)) / (
                x.var((0, 2, 3), correction=0, keepdim=True) + 1e-5
            ).sqrt()
        x = F.relu(x)
        x = F.max_pool2d(x, pool, 2, (pool - 1) // 2) if pool else x
    return x.flatten(1)


@pytest.mark.parametrize('plan', PLANS)
def test_features_are_as_many_as_announced_and_counted(plan: dict[str, Any]) -> None:
    network = ConvNet(**plan)
    assert network.training
    assert network.out_features == expected_features(**plan)
    assert network(pixels(network)).shape == (3, network.out_features)


@pytest.mark.parametrize('plan', PLANS)
def test_pooling_and_relu_commute(plan: dict[str, Any]) -> None:
    network = ConvNet(**plan)
    images = pixels(network)
    torch.testing.assert_close(network(images), relu_before_pooling(network, images, plan))
    assert (network(images) >= 0).all()


@pytest.mark.parametrize(
    ('kind', 'image_size', 'features'),
    [
        (LeNet, 28, 50 * 4 * 4),
        (LeNet, 32, 50 * 5 * 5),
        (GaninMNIST, 28, 48 * 4 * 4),
        (GaninSVHN, 32, 128 * 8 * 8),
        (GaninGTSRB, 40, 256 * 2 * 2),
    ],
)
@pytest.mark.parametrize('batch_norm', [False, True])
def test_the_networks_of_the_papers_have_their_sizes(
    kind: type[LeNet], image_size: int, features: int, batch_norm: bool
) -> None:
    network = kind(image_size, batch_norm=batch_norm)
    assert network.out_features == features
    assert network(pixels(network, 2)).shape == (2, features)
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in network.layers) is batch_norm


def test_dropout_takes_whole_channels_of_the_last_convolution_in_training_alone() -> None:
    network = LeNet(28, last_dropout=0.5)
    images = pixels(network, 64)
    whole = network.eval()(images).view(64, 50, 16)
    dropped = network.train()(images).view(64, 50, 16)
    gone = (dropped == 0).all(dim=2)
    torch.testing.assert_close(dropped, torch.where(gone[:, :, None], 0.0, 2 * whole))
    assert 0.4 < gone[:, (whole > 0).any(dim=2).all(dim=0)].float().mean() < 0.6
    with pytest.raises(ValueError, match='`last_dropout`'):
        LeNet(28, last_dropout=1.0)


@pytest.mark.parametrize(
    ('kind', 'image_size'), [(LeNet, 28), (GaninMNIST, 28), (GaninSVHN, 32), (GaninGTSRB, 40)]
)
def test_a_network_takes_its_size_from_the_data(kind: type[LeNet], image_size: int) -> None:
    torch.manual_seed(0)
    named = kind(image_size)
    torch.manual_seed(0)
    built = kind()
    built.build((3, image_size, image_size))
    assert weights_hash(built) == weights_hash(named)
    assert built.out_features == named.out_features
    assert built.image_shape == named.image_shape == (3, image_size, image_size)
    built.build((3, image_size, image_size))


def test_a_network_of_the_datas_size_may_be_oblong() -> None:
    network = ConvNet(channels=(4,), kernels=(3,), pools=(2,))
    network.build((3, 8, 12))
    assert network(torch.zeros(2, 3, 8, 12)).shape == (2, network.out_features) == (2, 4 * 4 * 6)


def test_a_size_or_channels_that_disagree_with_the_data_are_refused() -> None:
    said = r'images of shape \(3, 28, 28\) by the `image_size` .*got \(3, 32, 32\); leave `image_size` out'
    with pytest.raises(ValueError, match=said):
        ConvNet(28).build((3, 32, 32))
    with pytest.raises(ValueError, match=r'shape \(1, 32, 32\) by .*`in_channels` .*got \(3, 32, 32\)'):
        ConvNet(in_channels=1).build((3, 32, 32))


def test_a_network_without_a_size_says_what_it_lacks() -> None:
    for use in (lambda: ConvNet().out_features, lambda: ConvNet()(torch.zeros(1, 3, 28, 28))):
        with pytest.raises(ValueError, match='expected an `image_size` before the network is used'):
            use()


@pytest.mark.parametrize('plan', PLANS)
def test_the_memory_layout_changes_no_number(plan: dict[str, Any]) -> None:
    network = ConvNet(**plan)
    images = pixels(network)
    plain = deepcopy(network.layers)
    plain.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    expected = plain((images - 0.5) / 0.5)
    torch.testing.assert_close(network(images), expected)
    torch.testing.assert_close(network(images.contiguous(memory_format=torch.channels_last)), expected)
    assert all(layer.weight.is_contiguous() for layer in plain if isinstance(layer, nn.Conv2d))


def test_a_convolution_before_batch_norm_has_no_bias() -> None:
    for batch_norm in (False, True):
        network = ConvNet(28, batch_norm=batch_norm)
        biases = [layer.bias for layer in network.layers if isinstance(layer, nn.Conv2d)]
        assert all((bias is None) is batch_norm for bias in biases)


def test_measuring_leaves_batch_norm_untouched() -> None:
    network = ConvNet(28, batch_norm=True)
    for layer in network.layers:
        if isinstance(layer, nn.BatchNorm2d):
            assert layer.num_batches_tracked == 0
            assert layer.running_mean is not None
            assert layer.running_mean.count_nonzero() == 0


def test_images_are_not_changed_in_place() -> None:
    network = ConvNet(28)
    images = pixels(network)
    before = images.clone()
    network(images)
    assert torch.equal(images, before)


@pytest.mark.parametrize('shape', [(2, 3, 32, 32), (2, 1, 28, 28), (2, 3, 28, 29), (3, 28, 28)])
def test_images_of_another_size_are_refused(shape: tuple[int, ...]) -> None:
    got = ', '.join(map(str, shape[1:]))
    said = rf'images of shape \(3, 28, 28\) by the `image_size` and `in_channels` .*, got \({got}\)'
    with pytest.raises(ValueError, match=said):
        LeNet(28)(torch.zeros(shape))


@pytest.mark.parametrize(
    ('kind', 'image_size'), [(LeNet, 4), (LeNet, 12), (ConvNet, 4), (GaninMNIST, 1), (GaninGTSRB, 27)]
)
def test_images_too_small_for_the_layers_are_refused(kind: type[LeNet], image_size: int) -> None:
    with pytest.raises(
        ValueError, match=f'expected a larger `image_size`, got {image_size}: no pixel is left'
    ):
        kind(image_size)


@pytest.mark.parametrize('option', ['channels', 'kernels', 'pools', 'strides'])
def test_layers_need_as_many_of_each_option(option: str) -> None:
    options: dict[str, Any] = {'channels': (4, 4), 'kernels': (3, 3), 'pools': (2, 2), 'strides': (1, 1)}
    said = r'expected as many `channels` as `kernels`, `pools` and `strides`, got .*\(1, 1, 1\)'
    with pytest.raises(ValueError, match=said):
        ConvNet(**{**options, option: (1, 1, 1)})
