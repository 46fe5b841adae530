"""Which networks can be taken apart."""

from __future__ import annotations

from dann.networks.convnets import ConvNet
from dann.networks.patchwise import Patchwise
from dann.networks.vit import ViT


def test_a_transformer_can_be_taken_apart_and_a_convolutional_network_cannot() -> None:
    parts = ViT(4, 8, 1, 2).patchwise()
    assert isinstance(parts, Patchwise)
    assert (parts.patch, parts.width, parts.leading) == (4, 8, 1)
    assert ConvNet(8, (4,), (3,), (2,)).patchwise() is None
