"""A backbone normalises before it extracts, and weights have a fingerprint."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dann.networks.backbone import Backbone, parameters_hash, weights_hash
from dann.networks.batch_norm import split_batch_norm
from dann.networks.convnets import ConvNet, LeNet


class Bare(Backbone):
    """Returns what it is given."""

    def extract(self, images: Tensor) -> Tensor:
        return images


def images(*shape: int) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0))


def test_each_channel_loses_its_mean_and_is_divided_by_its_deviation() -> None:
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    given = images(2, 3, 4, 5)
    seen = Bare(mean, std)(given)
    for channel in range(3):
        expected = (given[:, channel].numpy() - np.float32(mean[channel])) / np.float32(std[channel])
        np.testing.assert_allclose(seen[:, channel].numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize('channels', [1, 3, 4])
def test_one_value_serves_any_number_of_channels(channels: int) -> None:
    seen = Bare()(torch.stack([torch.zeros(channels, 2, 2), torch.ones(channels, 2, 2)]))
    assert torch.equal(seen[0], -torch.ones(channels, 2, 2))
    assert torch.equal(seen[1], torch.ones(channels, 2, 2))


def test_normalisation_moves_with_the_backbone_and_is_no_weight() -> None:
    backbone = Bare((0.1, 0.2, 0.3), (1.0, 2.0, 3.0)).double()
    assert backbone(images(1, 3, 2, 2).double()).dtype == torch.float64
    assert not backbone.state_dict()


def test_a_backbone_has_to_say_how_it_extracts() -> None:
    kind: Any = Backbone
    with pytest.raises(TypeError, match='extract'):
        kind()


def test_the_fingerprint_changes_with_every_single_tensor() -> None:
    network = ConvNet(8, (4, 5), (3, 3), (2, 2), batch_norm=True)
    before = weights_hash(network)
    assert len(before) == 12
    seen = {before}
    for name, value in network.state_dict().items():
        changed = deepcopy(network)
        with torch.no_grad():
            changed.state_dict()[name][(-1,) * value.ndim] += 1
        assert not torch.equal(changed.state_dict()[name], value)
        seen.add(weights_hash(changed))
    assert len(seen) == 1 + len(network.state_dict())


def test_the_fingerprint_notices_the_smallest_change_and_a_swap() -> None:
    layer = nn.Linear(3, 3)
    before = weights_hash(layer)
    with torch.no_grad():
        layer.weight[0, 0] = torch.nextafter(layer.weight[0, 0], torch.tensor(9.0))
    changed = weights_hash(layer)
    with torch.no_grad():
        layer.weight.copy_(layer.weight.flip(0))
    assert len({before, changed, weights_hash(layer)}) == 3


def test_the_fingerprint_depends_on_names() -> None:
    layer = nn.Linear(2, 2)
    assert weights_hash(nn.ModuleDict({'a': layer})) != weights_hash(nn.ModuleDict({'b': layer}))


def test_the_fingerprint_changes_with_nothing_else() -> None:
    network = LeNet(28)
    before = weights_hash(network)
    assert weights_hash(deepcopy(network)) == before
    assert weights_hash(network.eval()) == before
    network(images(2, 3, 28, 28)).sum().backward()
    assert weights_hash(network) == before
    assert weights_hash(network.requires_grad_(False)) == before
    network.layers.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    assert weights_hash(network) == before
    fresh = LeNet(28)
    assert weights_hash(fresh) != before
    fresh.load_state_dict(network.state_dict())
    assert weights_hash(fresh) == before


def test_initial_weights_are_the_same_whether_batch_norm_is_split_or_not() -> None:
    torch.manual_seed(0)
    network = ConvNet(8, (8,), (3,), (2,), batch_norm=True)
    before = parameters_hash(network)
    split_batch_norm(network)
    assert parameters_hash(network) == before
    with torch.no_grad():
        next(network.parameters()).add_(1)
    assert parameters_hash(network) != before
