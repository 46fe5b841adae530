"""Instance-normalised input."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from dann.core.style import Style
from dann.networks.backbone import Backbone


def standardise(images: Tensor, eps: float = 1e-5) -> Tensor:
    r"""Every channel of every image, less its mean and divided by its deviation over the pixels.

    .. math:: \ell(x) = (x - \mu(x)) / \sqrt{\sigma^2(x) + \epsilon}

    Args:
        images: Shape ``(B, C, H, W)``.
        eps: Keeps a constant channel at 0, above 0.

    Returns:
        Shape ``(B, C, H, W)``, in float32 or better inside and in the given type outside.

    Reference:
        `A DIRT-T Approach to Unsupervised Domain Adaptation <https://arxiv.org/abs/1802.08735>`_ (Shu et al.,
        ICLR 2018), the appendix on instance normalisation; epsilon stands under the root here.
    """
    wide = images.float() if images.dtype in (torch.float16, torch.bfloat16) else images
    variance, mean = torch.var_mean(wide, dim=(2, 3), correction=0, keepdim=True)
    return ((wide - mean) * (variance + eps).rsqrt()).to(images.dtype)


class Standardised(nn.Module):
    """Blends the images that enter a network with their standardised versions.

    Args:
        weight: 0 leaves the images as they are, 1 standardises them.
    """

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, images: Tensor) -> Tensor:
        """Return images, shape ``(B, C, H, W)``."""
        return torch.lerp(images, standardise(images), self.weight)


class InstanceNorm(Style):
    """Instance-normalised input: removes the brightness, contrast and tint of every image, in both domains.

    It belongs to the network, in training and in evaluation, for source and target images alike, and it needs
    no target image. It has no schedule, as evaluation knows no progress.

    Args:
        weight: Blend between an image (0) and the normalised one (1).

    Fails when:
        Brightness, contrast or tint tell the classes apart; almost constant images, whose noise it amplifies.
        The paper itself reports a loss on SVHN to MNIST (97.9 to 94.5 %) and a gain in the other direction.

    Reference:
        `A DIRT-T Approach to Unsupervised Domain Adaptation <https://arxiv.org/abs/1802.08735>`_ (Shu et al.,
        ICLR 2018), table 1 and the appendix on instance normalisation.
    """

    family: ClassVar[str] = 'normalisation'
    on_images: ClassVar[bool] = False

    def __init__(self, weight: float = 1.0) -> None:
        super().__init__(weight)

    def attach(self, backbone: Backbone) -> None:
        """Put the normalisation after the backbone's."""
        backbone.preprocess = Standardised(self.weight)

    def stylise(self, source: Tensor, partner: Tensor) -> Tensor:
        """Return the source: the network does the work."""
        return source
