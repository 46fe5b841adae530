"""Encoders and the decoder of image styles."""

from __future__ import annotations

import pytest
from draws import images

from dann.networks.autoencoder import Decoder, own_encoder, vgg_encoder


def test_torchvisions_own_vgg_has_the_layers_that_are_cut() -> None:
    pytest.importorskip('torchvision', reason="needs pip install -e '.[vision]'")
    maps = vgg_encoder(weights=None)(images(1, 3, 28, 28).float())
    assert [each.shape[1] for each in maps] == [64, 128, 256, 512]


def test_an_own_encoder_and_decoder_keep_the_size() -> None:
    encoder = own_encoder((4, 6)).double()
    maps = encoder(images(2, 3, 9, 12))
    assert [tuple(each.shape[1:]) for each in maps] == [(4, 10, 12), (6, 5, 6)]
    assert Decoder(encoder.channels).double()(maps[-1], (9, 12)).shape == (2, 3, 9, 12)
