"""Adaptive instance normalisation between an encoder and a decoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.errors import check
from dann.core.schedules import Schedule
from dann.core.search_space import Float, Search
from dann.core.views import Losses
from dann.methods.style.learned import Learned
from dann.methods.style.shapes import check_pairs
from dann.networks.autoencoder import Decoder, own_encoder, vgg_encoder
from dann.networks.translators import frozen

EncoderName = Literal['own', 'vgg']


def moments(features: Tensor, eps: float = 1e-5) -> tuple[Tensor, Tensor]:
    """Deviations and means of feature maps ``(B, C, H, W)`` over their pixels, each of shape ``(B, C, 1, 1)``."""
    wide = features.float() if features.dtype in (torch.float16, torch.bfloat16) else features
    variance, mean = torch.var_mean(wide, dim=(2, 3), correction=0, keepdim=True)
    return (variance + eps).sqrt(), mean


def adain(content: Tensor, style: Tensor) -> Tensor:
    r"""Feature maps of the content with the channel means and deviations of the style.

    .. math:: \sigma(y) \frac{x - \mu(x)}{\sigma(x)} + \mu(y), \qquad \sigma^2 = \mathrm{var} + 10^{-5}

    Args:
        content: Feature maps, shape ``(B, C, H, W)``.
        style: Feature maps, shape ``(B, C, H, W)``, paired with the content.

    Returns:
        Feature maps, shape ``(B, C, H, W)``.

    Raises:
        ValueError: Shapes that differ.

    Reference:
        `Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization
        <https://arxiv.org/abs/1703.06868>`_, eq. 8. Variances divide by the number of pixels, as in its eq. 3.
    """
    check_pairs(content, style)
    (deviation, mean), (new_deviation, new_mean) = moments(content), moments(style)
    return new_deviation * (content - mean) / deviation + new_mean


def style_loss(maps: Sequence[Tensor], wanted: Sequence[Tensor]) -> Tensor:
    r"""Mean squared gaps between the channel means, and between the deviations, summed over layers.

    .. math:: \sum_i \mathrm{MSE}(\mu(\phi_i(g)), \mu(\phi_i(s))) + \mathrm{MSE}(\sigma(\phi_i(g)), \sigma(\phi_i(s)))

    Args:
        maps: Feature maps of the drawn images, one a layer, shape ``(B, C, H, W)``.
        wanted: Those of the style's images.

    Returns:
        A scalar of at least 0.

    Reference:
        `Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization
        <https://arxiv.org/abs/1703.06868>`_, eq. 13, with means of squares in place of norms, as in the authors'
        code.
    """
    gaps = [
        F.mse_loss(left, right)
        for drawn, style in zip(maps, wanted, strict=True)
        for left, right in zip(moments(drawn), moments(style), strict=True)
    ]
    return torch.stack(gaps).sum()


class AdaIN(Learned):
    r"""AdaIN: source features take on the channel statistics of target features, and a decoder draws the image.

    .. math:: t = \mathrm{AdaIN}(f(x_s), f(x_t)), \qquad
        \mathcal{L} = \mathrm{MSE}(f(g(t)), t) + \lambda \mathcal{L}_\text{style}(g(t), x_t)

    With ``encoder: vgg``, ``f`` is the paper's: VGG-19 up to relu4_1, trained on ImageNet and fixed, which
    needs torchvision and its weights. With ``encoder: own``, ``f`` is two small convolutions, trained with the
    decoder in the same run, only to reconstruct the images of both domains. The encoder's name is part of the
    names of the terms.

    Args:
        weight: Blend between the source image (0) and the drawn one (1).
        schedule: How the strength grows with progress; ``null`` for ``Delayed(0.5)``, or for ``Constant()`` with
            ``weights``.
        weights: ``weights.pt`` or a checkpoint of an earlier run with this style; ``null`` to train.
        lr_scale: Factor on the learning rate of encoder and decoder, above 0; 0.1 makes the paper's 0.0001 of
            0.001, which needs more steps than a short run has.
        style: The equation's lambda, at least 0.
        reconstruction: Weight of the small encoder's mean squared error, at least 0; not in the paper.
        encoder: ``own`` or ``vgg``.

    Fails when:
        The decoder was trained too briefly: its images are blurred, and the classifier learns from blurred
        images. The channels of the small encoder hold less texture than VGG's, so its style is little more than
        colour and contrast.

    Reference:
        `Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization
        <https://arxiv.org/abs/1703.06868>`_ (Huang and Belongie, ICCV 2017), eqs. 8 and 10-13. The decoder has one
        convolution for each layer, the paper's mirrors VGG; torchvision's VGG pads with zeros.
    """

    search: ClassVar[Search] = {
        **Learned.search,
        'style': Float(1.0, 100.0, log=True),
        'reconstruction': Float(1.0, 1000.0, log=True),
    }

    def __init__(
        self,
        weight: float = 1.0,
        schedule: Schedule | None = None,
        weights: str | None = None,
        lr_scale: float = 1.0,
        style: float = 10.0,
        reconstruction: float = 100.0,
        encoder: EncoderName = 'own',
    ) -> None:
        super().__init__(weight, schedule, weights, lr_scale)
        check(
            min(style, reconstruction) >= 0,
            f'expected `style` and `reconstruction` of at least 0, got {style} and {reconstruction}',
        )
        check(encoder in get_args(EncoderName), f'expected one of {get_args(EncoderName)}, got {encoder!r}')
        self.style, self.reconstruction, self.kind = style, reconstruction, encoder

    def make(self, num_classes: int) -> None:
        """Create encoder and decoder."""
        self.encoder = own_encoder() if self.kind == 'own' else vgg_encoder()
        self.decoder = Decoder(self.encoder.channels)

    def terms(self, source: Tensor, labels: Tensor, target: Tensor) -> Losses:
        """Return the decoder's terms and, with ``encoder: own``, the reconstruction."""
        size = source.shape[-2:]
        partner = torch.randint(len(target), (len(source),), device=target.device)
        maps = self.encoder(torch.cat([source, target]))
        left = [each[: len(source)].detach() for each in maps]
        right = [each[len(source) :][partner].detach() for each in maps]
        wanted = adain(left[-1], right[-1])
        drawn = frozen(self.encoder, self.decoder(wanted, size))
        losses = {
            f'style_{self.kind}_content': F.mse_loss(drawn[-1], wanted),
            f'style_{self.kind}_style': self.style * style_loss(drawn, right),
        }
        if self.kind == 'own':
            again = self.decoder(maps[-1], size)
            error = F.mse_loss(again, torch.cat([source, target]))
            losses['style_own_reconstruction'] = self.reconstruction * error
        return losses

    def stylise(self, source: Tensor, partner: Tensor) -> Tensor:
        """Return the decoder's images of the source's features with the partner's statistics."""
        content, style = self.encoder(source)[-1], self.encoder(partner)[-1]
        drawn: Tensor = self.decoder(adain(content, style), source.shape[-2:])
        return drawn
