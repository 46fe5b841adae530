"""Both domains as pixels and as the layers of a network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from toy import Toy

from dann.datasets import DomainPair
from dann.networks import ConvNet
from dann.shift.domains import Domains, load_domains
from dann.shift.features import encoded, pixels, pooled_map, watched


@pytest.fixture
def domains() -> Domains:
    return load_domains(DomainPair(Toy('a', test=24), Toy('b', test=20)), 'test', samples=24, seed=0)


def test_pixels_are_the_images_themselves_where_they_are_small(domains: Domains) -> None:
    seen = pixels(domains)
    assert (seen.source.shape, seen.target.shape) == ((24, 192), (20, 192))
    np.testing.assert_allclose(seen.source, domains.source[:].flatten(1).numpy() / 255, atol=1e-6)


def test_an_encoder_is_measured_at_its_last_stage(domains: Domains) -> None:
    network = ConvNet(8, (4, 6), (3, 3), (2, 2)).eval()
    seen = encoded('net', network, network.stages(), domains)
    assert list(seen.layers) == ['stage 1', 'stage 2']
    assert seen.source is seen.layers['stage 2'][0]
    flat = encoded('net', nn.Flatten(), [], domains)
    assert list(flat.layers) == ['output']
    assert flat.target.shape == (20, 192)


def test_hooks_are_gone_afterwards() -> None:
    network = ConvNet(8, (4,), (3,), (2,)).eval()
    with watched(network.stages()) as latest:
        network(torch.zeros(2, 3, 8, 8))
    before = latest['stage 1']
    network(torch.ones(2, 3, 8, 8))
    assert latest['stage 1'] is before


def test_maps_are_averaged_to_few_places() -> None:
    maps = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert pooled_map(maps, 2).tolist() == [[2.5, 4.5, 10.5, 12.5]]
    assert pooled_map(maps, 9).shape == (1, 16)
