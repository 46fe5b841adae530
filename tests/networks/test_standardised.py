"""Numbers are standardised by the source's training samples, once."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
from draws import draw

from dann.core.errors import CheckError
from dann.networks.series import ConvNet1d
from dann.networks.standardised import moments
from dann.networks.vectors import MLP, Identity


@pytest.mark.parametrize('sizes', [[11], [4, 1, 6], [1, 1, 9]])
@pytest.mark.parametrize(
    ('shape', 'shared', 'axes'), [((3,), (3,), (0,)), ((3, 4), (3, 1), (0, 2)), ((1,), (1,), (0,))]
)
def test_moments_in_chunks_are_those_of_the_whole(
    sizes: Sequence[int], shape: tuple[int, ...], shared: tuple[int, ...], axes: tuple[int, ...]
) -> None:
    whole = 1e4 + draw(sum(sizes), *shape)
    count, mean, squares = moments(iter(torch.split(whole, list(sizes))), shared)
    expected = whole.numpy().astype(np.longdouble)
    assert count == expected.size / np.prod(shared)
    np.testing.assert_allclose(mean.numpy(), expected.mean(axes).reshape(shared).astype(float), rtol=1e-12)
    variance = expected.var(axes).reshape(shared).astype(float)
    np.testing.assert_allclose((squares / count).numpy(), variance, rtol=1e-7)


def built(samples: torch.Tensor) -> Identity:
    network = Identity()
    network.build(samples.shape[1:])
    network.learn(iter(torch.split(samples, 3)))
    return network


def test_what_enters_has_mean_0_and_deviation_1_on_the_source() -> None:
    source = draw(20, 4) * torch.tensor([1.0, 1e3, 1e-3, 5.0]) + 7
    seen = built(source)(source.float())
    assert torch.allclose(seen.mean(dim=0), torch.zeros(4), atol=1e-3)
    assert torch.allclose(seen.std(dim=0, correction=0), torch.ones(4), atol=1e-4)


def test_a_constant_is_centred_and_not_blown_up() -> None:
    source = draw(20, 3)
    source[:, 1], source[:, 2] = 4000.1, 1e-9 * source[:, 2]
    network = built(source)
    assert network.std[1] == network.std[2] == 1
    moved = source.float()
    moved[:, 1] += 2
    assert torch.allclose(network(moved)[:, 1], torch.full((20,), 2.0), atol=1e-3)


def test_it_is_learned_once_and_kept_with_the_weights() -> None:
    source = draw(20, 3) * 5 + 2
    network = built(source)
    before = deepcopy(network.state_dict())
    network.learn(iter([100 + draw(8, 3)]))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    fresh = Identity()
    fresh.build((3,))
    fresh.load_state_dict(before)
    fresh.learn(iter([100 + draw(8, 3)]))
    assert torch.equal(fresh(source.float()), network(source.float()))


def test_it_can_be_left_out() -> None:
    network = Identity(standardise=False)
    network.build((3,))
    network.learn(iter([100 + draw(8, 3)]))
    assert torch.equal(network(draw(2, 3).float()), draw(2, 3).float())


def test_a_series_has_one_mean_for_each_channel() -> None:
    source = draw(9, 2, 8) + torch.tensor([[5.0], [-3.0]])
    network = ConvNet1d((4,), (3,))
    network.build((2, 8))
    network.learn(iter([source]))
    assert network.mean.shape == network.std.shape == (2, 1)
    assert torch.allclose(network.mean[:, 0].double(), source.mean(dim=(0, 2)), atol=1e-5)


def test_what_cannot_be_built_is_said() -> None:
    with pytest.raises(CheckError, match='call `build` with the shape of a sample'):
        _ = MLP().out_features
    network = MLP()
    network.build((3,))
    network.build((3,))
    with pytest.raises(CheckError, match=r'samples of shape \(3,\), got \(4,\); take the data'):
        network.build((4,))
    with pytest.raises(CheckError, match='training samples to standardise by, got none'):
        network.learn(iter([]))


def test_what_was_drawn_before_does_not_change_the_initial_network() -> None:
    networks: list[Any] = []
    for drawn in (0, 5):
        torch.manual_seed(3)
        torch.rand(drawn)
        networks.append(MLP((4,)))
        networks[-1].build((3,))
    assert torch.equal(networks[0].layers[0].weight, networks[1].layers[0].weight)
    torch.manual_seed(4)
    other: Any = MLP((4,))
    other.build((3,))
    assert not torch.equal(networks[0].layers[0].weight, other.layers[0].weight)
