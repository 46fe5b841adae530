"""The fixed encoder where no pretrained weights are on the machine."""

from __future__ import annotations

import pytest
import torch

from dann.core.errors import UserError
from dann.shift.encoders import fixed_encoder


@pytest.fixture(autouse=True)
def without_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ('_torchvision_weights', '_timm_weights'):
        monkeypatch.setattr(f'dann.shift.encoders.{name}', lambda: False)


def test_the_random_network_depends_on_its_seed_alone() -> None:
    images = torch.rand(2, 3, 16, 16)
    state = torch.get_rng_state()
    name, network = fixed_encoder((3, 16, 16), seed=4)
    assert name == 'ConvNet 32-64-64 (random weights, seed 4)'
    assert torch.get_rng_state().equal(state)
    assert network(images).equal(fixed_encoder((3, 16, 16), seed=4)[1](images))
    assert not network(images).equal(fixed_encoder((3, 16, 16), seed=5)[1](images))


def test_small_images_have_fewer_blocks_and_oblong_ones_none() -> None:
    assert fixed_encoder((1, 8, 8))[0].startswith('ConvNet 32-64 (')
    with pytest.raises(UserError, match='square images for the random encoder, got 8 x 12'):
        fixed_encoder((3, 8, 12))
