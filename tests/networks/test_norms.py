"""The layers that normalise: which, by whose statistics, and what of them is trained."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from dann.core.errors import UserError
from dann.methods.training.adabn import batch_norms
from dann.networks.norms import ALL, BATCH, affine, found_norms, normalise_by_batch, normalising


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.BatchNorm2d(4),
        nn.GroupNorm(2, 4),
        nn.Flatten(),
        nn.LayerNorm(16),
        nn.Linear(16, 2),
        nn.BatchNorm1d(2),
    )


def test_kinds_of_norms_are_found_in_their_order() -> None:
    layers = network()
    assert normalising(layers, BATCH) == [layers[0], layers[5]]
    assert normalising(layers, ALL) == normalising(layers) == [layers[0], layers[1], layers[3], layers[5]]


def test_scale_and_offset_are_found_once() -> None:
    one, other = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
    other.weight = one.weight
    assert [id(each) for each in affine([one, other])] == [
        id(each) for each in (one.weight, one.bias, other.bias)
    ]
    assert affine([nn.BatchNorm1d(3, affine=False)]) == []


def test_batches_are_normalised_by_their_own_statistics_and_none_is_remembered() -> None:
    layers = network().eval()
    normalise_by_batch(normalising(layers))
    images = 3 + 2 * torch.randn(8, 4, 2, 2)
    seen = layers[0](images)
    torch.testing.assert_close(seen.mean(dim=(0, 2, 3)), torch.zeros(4), atol=1e-5, rtol=0)
    mean = layers[0].running_mean
    assert isinstance(mean, torch.Tensor)
    assert torch.equal(mean, torch.zeros(4))
    assert not layers[1].training


def test_a_network_without_such_layers_is_refused_in_one_way() -> None:
    layers = network()
    assert found_norms(layers, 'x', ALL) == normalising(layers)
    for refuse in (found_norms, batch_norms):
        with pytest.raises(UserError) as refused:
            refuse(nn.Linear(2, 2), 'x')
        assert str(refused.value) == (
            'x adapts batch norm, of which the network has none; set batch_norm: true on the backbone '
            '(--model.backbone.batch_norm true), or leave x out'
        )
