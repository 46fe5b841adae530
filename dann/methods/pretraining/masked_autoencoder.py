"""Pre-training of vision transformers: most of an image is guessed from the rest of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from dann.core.errors import check
from dann.core.pretraining import Pretraining
from dann.functional.patches import cut, kept_at_random, masked_error
from dann.networks.backbone import Backbone
from dann.networks.patchwise import Patchwise
from dann.networks.vit import Block, places


class Decoder(nn.Module):
    """Tokens of the patches that were seen to the pixels of all patches.

    Args:
        seen: Numbers of a token of the encoder.
        width: Numbers of a token here.
        depth: Blocks.
        heads: Of the attention of each.
        numbers: Of a patch, its pixels by channels.
    """

    def __init__(self, seen: int, width: int, depth: int, heads: int, numbers: int) -> None:
        super().__init__()
        self.width = width
        self.narrowed, self.drawn = nn.Linear(seen, width), nn.Linear(width, numbers)
        self.mask = nn.Parameter(torch.empty(1, 1, width).normal_(std=0.02))
        self.body = nn.Sequential(*(Block(width, heads) for _ in range(depth)), nn.LayerNorm(width))

    def forward(self, tokens: Tensor, kept: Tensor, grid: tuple[int, int], leading: int) -> Tensor:
        """Return pixels, shape ``(B, N, numbers)``.

        Args:
            tokens: Of the encoder, the leading ones first, shape ``(B, leading + K, D)``.
            kept: Positions of the ``K`` patches that were seen, shape ``(B, K)``.
            grid: Rows and columns of patches, of which there are ``N``.
            leading: Tokens in front.
        """
        narrow = self.narrowed(tokens)
        hidden = self.mask.expand(len(tokens), grid[0] * grid[1], -1)
        where = kept[:, :, None].expand(-1, -1, self.width)
        filled = hidden.scatter(1, where, narrow[:, leading:].to(hidden.dtype)) + places(
            *grid, self.width
        ).to(hidden)
        drawn: Tensor = self.drawn(self.body(torch.cat([narrow[:, :leading], filled], dim=1)))
        return drawn[:, leading:]


class MaskedAutoencoder(Pretraining):
    r"""MAE: three quarters of the patches are left out, and their pixels guessed from those that are seen.

    .. math:: \ell = \frac{1}{|M| P} \sum_{n \in M} \left\lVert \hat x_n - \frac{x_n - \mu_n}{\sqrt{\sigma_n^2 +
        \epsilon}} \right\rVert^2

    The encoder sees the patches that are kept and nothing in place of the others, so that it costs about a quarter
    of a whole pass; ``M`` are the patches that were left out, of ``P`` numbers each, and only these count.

    Args:
        steps: Of the stage, at least 1.
        batch_size: Images in a step, of both domains together, at least 2.
        lr: Highest learning rate of AdamW, in (0, 1]; it falls to 0 along half a cosine.
        weight_decay: Of AdamW, at least 0, for weights of two and more dimensions, tokens among them; biases and norms
            have none. 0.05 in the paper.
        masked: Share of the patches that is left out, in (0, 1); 0.75 in the paper.
        width: Of the decoder's tokens, a multiple of 4 and of ``heads``.
        depth: Of the decoder in blocks.
        heads: Of the decoder's attention.

    Fails when:
        Patches are so small against the image that neighbours give them away; and in few steps: the paper trains for
        hundreds of passes over a million images.

    Reference:
        `Masked Autoencoders Are Scalable Vision Learners <https://arxiv.org/abs/2111.06377>`_ (He et al., CVPR 2022),
        section 3 and appendix A.1, with normalised pixels. The images are augmented as the data says, where the
        paper has random crops. AdamW has torch's betas (0.9, 0.999), not the paper's (0.9, 0.95), and its rate no
        warm-up; the authors' code too leaves biases and norms without decay.
    """

    backbone: ClassVar[str] = 'ViT'

    def __init__(
        self,
        steps: int = 1000,
        batch_size: int = 128,
        lr: float = 1e-3,
        weight_decay: float = 0.05,
        *,
        masked: float = 0.75,
        width: int = 64,
        depth: int = 2,
        heads: int = 4,
    ) -> None:
        super().__init__(steps, batch_size, lr, weight_decay)
        check(0 < masked < 1, f'expected `masked` in (0, 1), got {masked}')
        check(depth > 0 and heads > 0, f'expected `depth` and `heads` above 0, got {depth} and {heads}')
        check(
            width > 0 and width % 4 == 0 and width % heads == 0,
            f'expected `width` to be a multiple of 4 and of the {heads} heads, got {width}',
        )
        self.masked, self.width, self.depth, self.heads = masked, width, depth, heads

    def validate(self, backbone: Backbone, image_shape: Sequence[int]) -> None:
        """Raise ``CheckError`` unless the backbone is a vision transformer that can do without some patches."""
        parts = _taken_apart(backbone)
        height, width = parts.pixels(torch.zeros(1, *image_shape)).shape[2:]
        patches = (height // parts.patch) * (width // parts.patch)
        check(
            patches > 1,
            f'MaskedAutoencoder guesses patches of an image from others, and {height} x {width} pixels are {patches} '
            f'of {parts.patch} x {parts.patch}; lower `patch` of the backbone',
        )
        check(
            parts.patch**2 * image_shape[0] > 1,
            'MaskedAutoencoder normalises the numbers of a patch, and each has one; raise `patch` of the backbone',
        )

    def head(self, backbone: Backbone, image_shape: Sequence[int]) -> nn.Module:
        """Return the decoder."""
        parts = _taken_apart(backbone)
        numbers = parts.patch**2 * image_shape[0]
        return Decoder(parts.width, self.width, self.depth, self.heads, numbers)

    def loss(self, backbone: Backbone, head: nn.Module, images: Tensor) -> Tensor:
        """Return the error on the patches that were left out."""
        parts = _taken_apart(backbone)
        pixels = parts.pixels(images)
        rows, columns = (side // parts.patch for side in pixels.shape[2:])
        kept = kept_at_random(len(pixels), rows * columns, self.masked, pixels.device)
        tokens = seen(parts.embedded(pixels), kept, parts.leading)
        guess = head(parts.attended(tokens), kept, (rows, columns), parts.leading)
        return masked_error(guess, cut(pixels, parts.patch), kept)


def seen(tokens: Tensor, kept: Tensor, leading: int) -> Tensor:
    """The leading tokens and those of the patches that are kept.

    Args:
        tokens: Shape ``(B, leading + N, D)``.
        kept: Positions among the ``N``, shape ``(B, K)``.
        leading: Tokens in front.

    Returns:
        Shape ``(B, leading + K, D)``.
    """
    front = torch.arange(leading, device=kept.device).expand(len(kept), -1)
    places_kept = torch.cat([front, kept + leading], dim=1)
    return tokens.gather(1, places_kept[:, :, None].expand(-1, -1, tokens.shape[2]))


def _taken_apart(backbone: Backbone) -> Patchwise:
    parts = backbone.patchwise()
    check(
        parts is not None,
        f'MaskedAutoencoder leaves out patches of a vision transformer, and {type(backbone).__name__} takes whole '
        'images; set `backbone: ViT`, or take SimCLR or Rotation',
    )
    assert parts is not None
    return parts
