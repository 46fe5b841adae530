"""A small vision transformer for images of any size that its patches divide."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dann.core.errors import check
from dann.networks.backbone import Backbone
from dann.networks.patchwise import Patchwise

MOST_HEADS = 64
STRETCH = 4  # of the hidden layer of a block against its tokens


def places(rows: int, columns: int, width: int) -> Tensor:
    r"""Sines and cosines of the row and the column of each place of a grid.

    .. math::
        \left( \sin\frac{x}{w_k}, \cos\frac{x}{w_k}, \sin\frac{y}{w_k}, \cos\frac{y}{w_k} \right)_{k < D/4},
        \qquad w_k = 10000^{4k / D}

    Args:
        rows: Of the grid.
        columns: Of the grid.
        width: ``D``, a multiple of 4.

    Returns:
        Shape ``(rows * columns, D)``, row by row, in [-1, 1].

    Raises:
        ValueError: A width that is no multiple of 4.
    """
    check(width % 4 == 0 and width > 0, f'expected `width` to be a multiple of 4, got {width}')
    rates = 10_000.0 ** (-torch.arange(width // 4, dtype=torch.float64) * 4 / width)
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing='ij')
    angles = [each.flatten()[:, None] * rates for each in (x, y)]
    return torch.cat([wave(each) for each in angles for wave in (torch.sin, torch.cos)], dim=1).float()


class Attention(nn.Module):
    """Every token looks at all tokens of its image, in several heads.

    Args:
        width: Numbers of a token.
        heads: Which share them equally.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.asked, self.mixed = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def extra_repr(self) -> str:
        """Return the heads, which no layer within tells."""
        return f'heads={self.heads}'

    def forward(self, tokens: Tensor) -> Tensor:
        """Return tokens of the same shape ``(B, N, D)``."""
        count, number, width = tokens.shape
        each = self.asked(tokens).reshape(count, number, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(*each.unbind())
        mixed: Tensor = self.mixed(seen.transpose(1, 2).reshape(count, number, width))
        return mixed


class Block(nn.Module):
    """Attention, then two linear layers with GELU between, each behind a layer norm and added to what came in.

    Args:
        width: Numbers of a token.
        heads: Of the attention.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.before, self.attention = nn.LayerNorm(width), Attention(width, heads)
        wide = STRETCH * width
        self.after = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, wide), nn.GELU(), nn.Linear(wide, width)
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """Return tokens of the same shape ``(B, N, D)``."""
        tokens = tokens + self.attention(self.before(tokens))
        added: Tensor = tokens + self.after(tokens)
        return added


class ViT(Backbone):
    """A vision transformer: patches as tokens, blocks of attention, and a class token as the features.

    Places are sines and cosines, as in masked autoencoders, so that one network takes images of any size.

    Args:
        patch: Side of a patch in pixels, which divides that of the images.
        width: Numbers of a token and of the features, a multiple of 4 and of ``heads``.
        depth: Blocks.
        heads: Of the attention of each.
        in_channels: Channels of the images.

    Reference:
        `An Image is Worth 16x16 Words <https://arxiv.org/abs/2010.11929>`_ (Dosovitskiy et al., ICLR 2021), eqs. 1-4;
        the places are those of `Masked Autoencoders <https://arxiv.org/abs/2111.06377>`_.
    """

    def __init__(
        self, patch: int = 8, width: int = 96, depth: int = 4, heads: int = 4, in_channels: int = 3
    ) -> None:
        super().__init__()
        check(patch > 0 and depth > 0, f'expected `patch` and `depth` above 0, got {patch} and {depth}')
        check(0 < heads <= MOST_HEADS, f'expected `heads` from 1 to {MOST_HEADS}, got {heads}')
        check(
            width > 0 and width % 4 == 0 and width % heads == 0,
            f'expected `width` to be a multiple of 4 and of the {heads} heads, got {width}',
        )
        self.patch, self.out_features, self.in_channels = patch, width, in_channels
        self.embed = nn.Conv2d(in_channels, width, patch, patch)
        self.token = nn.Parameter(torch.empty(1, 1, width).normal_(std=0.02))
        self.body = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)

    def build(self, image_shape: Sequence[int]) -> None:
        """Raise ``CheckError`` unless patches cover images ``(C, H, W)``, of the channels that were announced."""
        channels, height, width = image_shape
        check(
            channels == self.in_channels and height % self.patch == 0 and width % self.patch == 0,
            f'expected images of {self.in_channels} channels that patches of {self.patch} pixels cover, '
            f'got {tuple(image_shape)}; set `patch` and `in_channels`',
        )

    def blocks(self) -> list[nn.Module]:
        """Return the embedding and the blocks, the last with the norm behind it."""
        return [self.embed, *self.body[:-1], nn.ModuleList([self.body[-1], self.norm])]

    def patchwise(self) -> Patchwise:
        """Return both halves; the one leading token is the class token."""
        return Patchwise(self.patch, self.out_features, 1, self.normalised, self.embedded, self.attended)

    def embedded(self, images: Tensor) -> Tensor:
        """Return the class token and those of the patches of normalised images, shape ``(B, 1 + N, D)``."""
        maps = self.embed(images)
        rows, columns = maps.shape[2:]
        placed = maps.flatten(2).transpose(1, 2) + places(rows, columns, self.out_features).to(maps)
        return torch.cat([self.token.expand(len(images), -1, -1), placed], dim=1)

    def attended(self, tokens: Tensor) -> Tensor:
        """Return tokens ``(B, N, D)`` after the last block and its norm."""
        for block in self.body:
            tokens = block(tokens)
        normed: Tensor = self.norm(tokens)
        return normed

    def extract(self, images: Tensor) -> Tensor:
        """Return the class token, shape ``(B, out_features)``."""
        return self.attended(self.embedded(images))[:, 0]
