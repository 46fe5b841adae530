"""Image-to-image networks and their patch critics, small enough for images of 28 to 64 pixels."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from dann.core.errors import check


def frozen(module: nn.Module, images: Tensor) -> Any:
    """Return ``module(images)`` through which gradients reach the images but none of the parameters."""
    weights = {name: parameter.detach() for name, parameter in module.named_parameters()}
    return functional_call(module, weights, (images,))


def padded(images: Tensor, multiple: int) -> Tensor:
    """Return images whose height and width are multiples, their last row and column repeated."""
    height, width = images.shape[-2:]
    return F.pad(images, (0, -width % multiple, 0, -height % multiple), mode='replicate')


def _convolution(before: int, after: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.InstanceNorm2d(after), nn.ReLU(inplace=True)
    )


class Residual(nn.Module):
    """Two instance-normalised convolutions with a skip connection.

    Args:
        width: Channels.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        second = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.layers = nn.Sequential(_convolution(width, width), second, nn.InstanceNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        """Return feature maps of the same shape."""
        changed: Tensor = x + self.layers(x)
        return changed


class Translator(nn.Module):
    """A residual generator: images in [0, 1] to images in [0, 1], by a change of their logits.

    Half the resolution by regrouping pixels, a quarter by a strided convolution, residual blocks there, and back.
    It starts as the identity, but for images clipped to [0.02, 0.98], whose logits are finite.

    Args:
        width: Channels at half the resolution; twice as many at a quarter.
        blocks: Residual blocks.
    """

    def __init__(self, width: int = 16, blocks: int = 2) -> None:
        super().__init__()
        check(width > 0 and blocks > 0, f'expected `width` and `blocks` above 0, got {width} and {blocks}')
        body = [Residual(2 * width) for _ in range(blocks)]
        self.encoder = nn.ModuleList(
            [nn.PixelUnshuffle(2), _convolution(12, width), _convolution(width, 2 * width, 2), *body]
        )
        last = nn.Conv2d(width, 3, 3, 1, 1)
        for parameter in last.parameters():
            nn.init.zeros_(parameter)
        # nearest neighbours, as regrouping channels into pixels leaves a checkerboard in short runs
        self.decoder = nn.Sequential(
            nn.Upsample(scale_factor=2), _convolution(2 * width, width), nn.Upsample(scale_factor=2), last
        )
        # every layer's output, from the pixels to the last block, as ``encode`` returns them
        self.channels = (12, width, *[2 * width] * (blocks + 1))

    def encode(self, images: Tensor) -> list[Tensor]:
        """Return the feature maps after each layer of the encoder, the regrouped pixels first."""
        maps, x = [], padded(2 * images - 1, 4)
        for layer in self.encoder:
            x = layer(x)
            maps.append(x)
        return maps

    def decode(self, images: Tensor, features: Tensor) -> Tensor:
        """Return the images as the encoder's last feature maps would have them."""
        height, width = images.shape[-2:]
        change = self.decoder(features)[..., :height, :width]
        return torch.sigmoid(images.clamp(0.02, 0.98).logit() + change)

    def forward(self, images: Tensor) -> Tensor:
        """Return images, shape ``(B, 3, H, W)``."""
        return self.decode(images, self.encode(images)[-1])


class PatchCritic(nn.Module):
    """Scores of overlapping patches of 18 pixels, high for real ones.

    Args:
        width: Channels after the first of two strided convolutions; twice as many after the second.
    """

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, width, 4, 2, 1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False),
            nn.InstanceNorm2d(2 * width),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(2 * width, 1, 3, 1, 1),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Return scores, shape ``(B, 1, H', W')``, of images in [0, 1]."""
        scores: Tensor = self.layers(2 * images - 1)
        return scores


class Classifier(nn.Module):
    """Two strided convolutions and a linear layer on a 4x4 grid: images of any size to logits.

    Args:
        num_classes: Outputs.
        width: Channels after the first convolution; twice as many after the second.
    """

    def __init__(self, num_classes: int, width: int = 16) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, width, 3, 2, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, 2 * width, 3, 2, 1),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
            nn.Linear(32 * width, num_classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Return logits, shape ``(B, C)``, of images in [0, 1]."""
        logits: Tensor = self.layers(2 * images - 1)
        return logits


def critic_loss(critic: PatchCritic, real: Tensor, fake: Tensor) -> Tensor:
    """Least-squares loss of a critic: scores 1 for real images, 0 for fake ones, which are detached; halved.

    Reference:
        `Least Squares Generative Adversarial Networks <https://arxiv.org/abs/1611.04076>`_, eq. 9, first line.
    """
    scores = critic(torch.cat([real, fake.detach()]))
    loss: Tensor = 0.5 * ((scores[: len(real)] - 1).square().mean() + scores[len(real) :].square().mean())
    return loss


def fooling_loss(critic: PatchCritic, fake: Tensor) -> Tensor:
    """Least-squares loss of a generator: its images score 1; the critic's parameters get no gradient.

    Reference:
        `Least Squares Generative Adversarial Networks <https://arxiv.org/abs/1611.04076>`_, eq. 9, second line,
        not halved, as in CycleGAN.
    """
    scores: Tensor = frozen(critic, fake)
    return (scores - 1).square().mean()


class ImagePool(nn.Module):
    """Earlier fakes: half of the fakes that a critic sees are drawn from them, if the batch fits into the pool.

    Images are a buffer, so a resumed run has the same; those shown instead of new ones are replaced by them.

    Args:
        size: How many images; 0 for none.
    """

    images: Tensor

    def __init__(self, size: int = 50) -> None:
        super().__init__()
        check(size >= 0, f'expected `size` of at least 0, got {size}')
        self.size = size
        self.register_buffer('images', torch.zeros(0))

    @torch.no_grad()
    def forward(self, fakes: Tensor) -> Tensor:
        """Return as many images, some of the newest exchanged for older ones."""
        if self.images.shape[1:] != fakes.shape[1:]:
            self.images = fakes.new_zeros(0, *fakes.shape[1:])
        shown, free = fakes.detach().clone(), self.size - len(self.images)
        self.images = torch.cat([self.images, shown[:free]]) if free else self.images
        late = shown[free:]
        count = min(len(late), self.size)
        if count:
            slots = torch.randperm(self.size, device=fakes.device)[:count]
            swap = torch.rand(count, 1, 1, 1, device=fakes.device) < 0.5
            old = self.images[slots]
            self.images = self.images.index_copy(0, slots, torch.where(swap, late[:count], old))
            late[:count] = torch.where(swap, old, late[:count])
        return shown

    def _load_from_state_dict(self, state: dict[str, Tensor], prefix: str, *rest: object) -> None:
        if (saved := state.get(f'{prefix}images')) is not None:
            self.images = torch.zeros_like(saved, device=self.images.device)
        super()._load_from_state_dict(state, prefix, *rest)
