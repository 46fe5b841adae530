"""Masked autoencoding: what is left out cannot be seen, and it alone counts."""

from __future__ import annotations

import pytest
import torch

from dann.core.errors import CheckError
from dann.functional.patches import cut, kept_at_random, masked_error
from dann.methods.pretraining.masked_autoencoder import Decoder, MaskedAutoencoder, seen
from dann.networks.convnets import ConvNet
from dann.networks.vision import Timm
from dann.networks.vit import ViT, places


def backbone() -> ViT:
    return ViT(patch=4, width=8, depth=2, heads=2)


def test_leading_tokens_and_those_that_are_kept_are_seen() -> None:
    tokens = torch.arange(24.0).reshape(2, 6, 2)
    found = seen(tokens, torch.tensor([[0, 3], [1, 2]]), 2)
    assert torch.equal(found[0], tokens[0, [0, 1, 2, 5]])
    assert torch.equal(found[1], tokens[1, [0, 1, 3, 4]])


def test_the_loss_is_that_of_its_parts() -> None:
    stage, network, images = (
        MaskedAutoencoder(width=8, depth=1, heads=2),
        backbone(),
        torch.rand(5, 3, 16, 16),
    )
    head = stage.head(network, (3, 16, 16))
    torch.default_generator.manual_seed(1)
    loss = stage.loss(network, head, images)
    torch.default_generator.manual_seed(1)
    kept = kept_at_random(5, 16, 0.75)
    assert kept.shape == (5, 4)
    pixels = (images - 0.5) / 0.5
    guess = head(network.attended(seen(network.embedded(pixels), kept, 1)), kept, (4, 4), 1)
    torch.testing.assert_close(loss, masked_error(guess, cut(pixels, 4), kept))


def test_pixels_that_are_left_out_do_not_reach_the_guess() -> None:
    network, head = backbone().eval(), Decoder(8, 8, 1, 2, 48)
    kept = torch.tensor([[0, 5], [2, 3]])
    one, other = torch.rand(2, 2, 3, 16, 16)
    mixed = cut(other, 4)
    mixed[torch.arange(2)[:, None], kept] = cut(one, 4)[torch.arange(2)[:, None], kept]
    images = mixed.reshape(2, 4, 4, 4, 4, 3).permute(0, 5, 1, 3, 2, 4).reshape(2, 3, 16, 16)
    guesses = [
        head(network.attended(seen(network.embedded(each), kept, 1)), kept, (4, 4), 1)
        for each in (one, images)
    ]
    torch.testing.assert_close(*guesses)


def test_the_decoder_puts_tokens_where_they_were_and_the_mask_elsewhere() -> None:
    decoder = Decoder(6, 8, 1, 2, 5)
    decoder.body, decoder.drawn = torch.nn.Sequential(), torch.nn.Linear(8, 8)
    with torch.no_grad():
        decoder.drawn.weight.copy_(torch.eye(8))
        decoder.drawn.bias.zero_()
        tokens = torch.randn(1, 1 + 2, 6)
        found = decoder(tokens, torch.tensor([[1, 3]]), (2, 3), 1)[0] - places(2, 3, 8)
        narrow = decoder.narrowed(tokens)[0, 1:]
    torch.testing.assert_close(found[[1, 3]], narrow)
    torch.testing.assert_close(found[[0, 2, 4, 5]], decoder.mask[0].expand(4, -1))


def test_gradients_reach_every_parameter_of_the_backbone() -> None:
    stage, network = MaskedAutoencoder(width=8, depth=1, heads=2), backbone()
    stage.loss(network, stage.head(network, (3, 16, 16)), torch.rand(4, 3, 16, 16)).backward()  # type: ignore[no-untyped-call]
    assert all(each.grad is not None and bool(each.grad.abs().sum() > 0) for each in network.parameters())


@pytest.mark.parametrize('size', [32, 40])
def test_a_transformer_of_timm_is_trained_at_its_own_size(size: int) -> None:
    pytest.importorskip('timm', reason="needs pip install -e '.[vision]'")
    network = Timm('test_vit')
    network.build((3, size, size))
    stage = MaskedAutoencoder(width=8, depth=1, heads=2, masked=0.5)
    stage.validate(network, (3, size, size))
    head = stage.head(network, (3, size, size))
    stage.loss(network, head, torch.rand(4, 3, size, size)).backward()  # type: ignore[no-untyped-call]
    grads = [each.grad for each in network.parameters()]
    assert all(each is not None and bool(each.isfinite().all()) for each in grads)


def test_a_backbone_of_whole_images_is_refused() -> None:
    network = ConvNet(8, (4,), (3,), (2,))
    with pytest.raises(
        CheckError, match='ConvNet takes whole images; set `backbone: ViT`, or take SimCLR or Rot'
    ):
        MaskedAutoencoder().validate(network, (3, 8, 8))


@pytest.mark.parametrize(
    ('patch', 'shape', 'words'),
    [
        (8, (3, 8, 8), 'and 8 x 8 pixels are 1 of 8 x 8; lower `patch` of the backbone'),
        (1, (1, 4, 4), 'and each has one; raise `patch` of the backbone'),
    ],
)
def test_patches_that_leave_nothing_to_guess_are_refused(
    patch: int, shape: tuple[int, int, int], words: str
) -> None:
    network = ViT(patch, 8, 1, 2, in_channels=shape[0])
    with pytest.raises(CheckError, match=words):
        MaskedAutoencoder().validate(network, shape)
    MaskedAutoencoder().validate(ViT(2, 8, 1, 2, in_channels=shape[0]), shape)


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'masked': 1.0}, r'`masked` in \(0, 1\), got 1.0'),
        ({'depth': 0}, '`depth` and `heads` above 0, got 0 and 4'),
        ({'width': 10}, 'multiple of 4 and of the 4 heads, got 10'),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, float], words: str) -> None:
    with pytest.raises(CheckError, match=words):
        MaskedAutoencoder(**options)  # type: ignore[arg-type]
