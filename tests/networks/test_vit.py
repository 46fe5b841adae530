"""A small vision transformer against formulas that are written out."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from dann.core.errors import CheckError
from dann.networks.checks import check_features
from dann.networks.vit import Attention, Block, ViT, places


def test_attention_is_the_softmax_of_products_in_every_head() -> None:
    layer = Attention(6, 2).double()
    tokens = torch.randn(3, 5, 6, dtype=torch.float64)
    asked, keys, values = layer.asked(tokens).split(6, dim=2)
    heads = []
    for head in (slice(0, 3), slice(3, 6)):
        scores = (asked[..., head] @ keys[..., head].transpose(1, 2) / math.sqrt(3)).softmax(dim=2)
        heads.append(scores @ values[..., head])
    torch.testing.assert_close(layer(tokens), layer.mixed(torch.cat(heads, dim=2)))


def test_a_block_adds_to_what_came_in() -> None:
    block = Block(8, 2)
    tokens = torch.randn(2, 3, 8)
    for linear in (block.attention.mixed, block.after[3]):
        assert isinstance(linear, nn.Linear)
        nn.init.zeros_(linear.weight)
        nn.init.zeros_(linear.bias)
    assert torch.equal(block(tokens), tokens)


def test_places_are_the_sines_and_cosines_of_column_and_row() -> None:
    found = places(2, 3, 8)
    for row in range(2):
        for column in range(3):
            waves = [
                wave(place / 10_000 ** (4 * k / 8))
                for place in (column, row)
                for wave in (math.sin, math.cos)
                for k in range(2)
            ]
            assert found[3 * row + column].tolist() == pytest.approx(waves, abs=1e-6)
    with pytest.raises(CheckError, match='multiple of 4, got 6'):
        places(2, 3, 6)


def network(**options: int) -> ViT:
    return ViT(**{'patch': 4, 'width': 8, 'depth': 2, 'heads': 2, **options})


@pytest.mark.parametrize('shape', [(3, 8, 8), (3, 12, 8), (3, 32, 32)])
def test_one_network_takes_images_of_any_size_that_its_patches_cover(shape: tuple[int, ...]) -> None:
    backbone = network()
    backbone.build(shape)
    check_features(backbone, shape)
    assert backbone(torch.rand(3, *shape)).shape == (3, 8)


def test_features_are_the_class_token_and_both_halves_make_them() -> None:
    backbone, images = network().eval(), torch.rand(3, 3, 8, 8)
    parts = backbone.patchwise()
    tokens = parts.embedded(parts.pixels(images))
    assert tokens.shape == (3, 1 + 4, 8)
    assert torch.equal(parts.attended(tokens)[:, 0], backbone(images))


def test_a_patch_is_a_linear_map_of_its_pixels_and_its_place() -> None:
    backbone, images = network(), torch.rand(1, 3, 8, 8)
    token = backbone.embedded(images)[0, 1 + 2]  # the third of four: the second row, the first column
    pixels = images[0, :, 4:, :4]
    bias = backbone.embed.bias
    assert bias is not None
    expected = torch.einsum('dchw,chw->d', backbone.embed.weight, pixels) + bias
    torch.testing.assert_close(token, expected + places(2, 2, 8)[2])


def test_the_order_of_patches_does_not_matter_to_attention() -> None:
    backbone = network().eval()
    tokens = backbone.embedded(torch.rand(2, 3, 8, 8))
    shuffled = tokens[:, [0, 3, 1, 4, 2]]
    torch.testing.assert_close(backbone.attended(shuffled)[:, 0], backbone.attended(tokens)[:, 0])


def test_all_parameters_are_in_its_blocks_but_the_class_token() -> None:
    backbone = network()
    inside = {id(each) for block in backbone.blocks() for each in block.parameters()}
    assert [name for name, each in backbone.named_parameters() if id(each) not in inside] == ['token']
    assert len(backbone.blocks()) == 1 + 2


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'patch': 0}, 'expected `patch` and `depth` above 0, got 0 and 2'),
        ({'heads': 0}, 'expected `heads` from 1 to 64, got 0'),
        ({'width': 6}, 'multiple of 4 and of the 2 heads, got 6'),
        ({'width': 8, 'heads': 3}, 'multiple of 4 and of the 3 heads, got 8'),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, int], words: str) -> None:
    with pytest.raises(CheckError, match=words):
        network(**options)


@pytest.mark.parametrize('shape', [(3, 8, 9), (1, 8, 8)])
def test_images_that_it_cannot_take_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(CheckError, match=r'patches of 4 pixels cover, got .*; set `patch` and `in_channels`'):
        network().build(shape)


def test_it_is_exact_in_both_modes() -> None:
    backbone, images = network(), torch.rand(2, 3, 8, 8)
    seen: list[Tensor] = [backbone.train(mode)(images) for mode in (True, False)]
    assert torch.equal(*seen)
