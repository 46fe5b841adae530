"""Encoders whose feature maps hold an image's style, and the decoder that draws from them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from dann.core.errors import RunError, UserError
from dann.networks.translators import padded

RELUS = (1, 6, 11, 20)  # relu1_1, relu2_1, relu3_1 and relu4_1 among the layers of VGG-19


class Encoder(nn.Module):
    """Images in [0, 1] to feature maps, each at half the resolution of the one before.

    Args:
        parts: From one of the maps to the next; the first starts from normalised images.
        channels: Of the maps.
        mean: Subtracted from the images' channels.
        std: Divides them.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        parts: Sequence[nn.Module],
        channels: Sequence[int],
        mean: Sequence[float] = (0.5,),
        std: Sequence[float] = (0.5,),
    ) -> None:
        super().__init__()
        self.parts, self.channels = nn.ModuleList(parts), tuple(channels)
        self.register_buffer('mean', torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer('std', torch.tensor(std).view(-1, 1, 1), persistent=False)

    def maps(self, images: Tensor) -> list[Tensor]:
        """Return the maps, from the finest to the coarsest; images are padded to a whole number of its pixels."""
        found, x = [], (padded(images, 2 ** (len(self.parts) - 1)) - self.mean) / self.std
        for part in self.parts:
            x = part(x)
            found.append(x)
        return found

    forward = maps


class Decoder(nn.Module):
    """The coarsest feature maps to images: nearest-neighbour upsampling between convolutions.

    Args:
        channels: Of the encoder's maps, from the finest.
    """

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise(reversed(channels)):
            layers += [nn.Conv2d(before, after, 3, 1, 1), nn.ReLU(inplace=True), nn.Upsample(scale_factor=2)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(channels[0], 3, 3, 1, 1))

    def forward(self, features: Tensor, size: Sequence[int]) -> Tensor:
        """Return images, shape ``(B, 3, *size)``, around [0, 1] and not clipped."""
        images: Tensor = self.layers(features)[..., : size[0], : size[1]]
        return images + 0.5


def own_encoder(channels: Sequence[int] = (16, 32)) -> Encoder:
    """Return a small encoder with random weights: a convolution and ReLU for each map."""
    plan = zip(pairwise((3, *channels)), (1, *[2] * (len(channels) - 1)), strict=True)
    parts = [
        nn.Sequential(nn.Conv2d(before, after, 3, stride, 1), nn.ReLU()) for (before, after), stride in plan
    ]
    return Encoder(parts, channels)


def vgg_encoder(weights: str | None = 'IMAGENET1K_V1') -> Encoder:
    """Return VGG-19 up to relu4_1, frozen, from torchvision.

    Args:
        weights: Name of torchvision's weights; ``None`` for random ones, for tests.

    Raises:
        UserError: torchvision is not installed.
        RunError: The weights cannot be downloaded.
    """
    try:
        models: Any = import_module('torchvision.models')
    except ImportError as error:
        msg = (
            "the encoder 'vgg' needs torchvision; install it with pip install -e '.[vision]' "
            "in dann's source folder, or take the encoder 'own'"
        )
        raise UserError(msg) from error
    try:
        layers = list(models.vgg19(weights=weights).features)
    except (OSError, RuntimeError) as error:
        msg = (
            f"cannot load the weights of VGG-19 ({error}); check the connection, or take the encoder 'own', "
            'which is another method'
        )
        raise RunError(msg) from error
    for layer in layers:
        if isinstance(layer, nn.ReLU):
            layer.inplace = False
    ends = [0, *[index + 1 for index in RELUS]]
    parts = [nn.Sequential(*layers[start:stop]) for start, stop in pairwise(ends)]
    encoder = Encoder(parts, (64, 128, 256, 512), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    return encoder.requires_grad_(False)
