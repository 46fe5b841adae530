"""Backbones of feature vectors, computed a second time in double precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from draws import draw

from dann.core.errors import CheckError
from dann.networks.vectors import MLP, Identity


def test_a_perceptron_is_its_matrices() -> None:
    network: Any = MLP((6, 4))
    network.build((3,))
    source, seen = 2 * draw(9, 3) + 1, draw(5, 3, seed=1)
    network.double().learn(iter([source]))
    x = (seen.numpy() - source.numpy().mean(0)) / source.numpy().std(0)
    for layer in (network.layers[0], network.layers[2]):
        x = np.maximum(0, x @ layer.weight.detach().numpy().T + layer.bias.detach().numpy())
    np.testing.assert_allclose(network(seen).detach().numpy(), x, rtol=1e-6, atol=1e-9)
    assert network.out_features == x.shape[1] == 4


def test_the_identity_flattens_samples_of_any_shape() -> None:
    for shape in ((7,), (2, 3), (3, 4, 5)):
        network = Identity()
        network.build(shape)
        samples = draw(2, *shape).float()
        assert network.out_features == samples[0].numel()
        assert torch.equal(network(samples), samples.flatten(1))


def test_dropout_and_batch_norm_are_there_when_asked_for() -> None:
    plain: Any = MLP((4,))
    full: Any = MLP((4,), 0.5, batch_norm=True)
    for network in (plain, full):
        network.build((3,))
    assert [type(layer).__name__ for layer in plain.layers] == ['Linear', 'ReLU']
    assert [type(layer).__name__ for layer in full.layers] == ['Linear', 'BatchNorm1d', 'ReLU', 'Dropout']
    assert full.layers[-1].p == 0.5


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'hidden': ()}, 'take Identity for no layer'),
        ({'hidden': (4, 0)}, r'widths above 0, got \[4, 0\]'),
        ({'dropout': 1.0}, r'`dropout` in \[0, 1\), got 1.0'),
    ],
)
def test_what_makes_no_network_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(CheckError, match=words):
        MLP(**options)
