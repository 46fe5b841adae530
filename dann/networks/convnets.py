"""Small convolutional backbones for images of 28 to 64 pixels, with batch norm and without."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from dann.core.errors import CheckError, check
from dann.networks.backbone import Backbone


class ConvNet(Backbone):
    """Blocks of convolution, batch norm (optional), max pooling and ReLU, flattened.

    Weights start as He et al. (2015) draw them. Pooling comes before ReLU: the two commute, and ReLU then has
    a quarter of the values to work on.

    Args:
        image_size: Height and width of the images, in pixels; ``null`` for those of the data.
        channels: Output channels of each block.
        kernels: Kernel size of each block.
        pools: Pooling window of each block, moved by 2; 0 for none.
        strides: Stride of each block's convolution; ``None`` for 1 throughout.
        same: Pad so that convolutions of stride 1 keep the size.
        batch_norm: Put batch norm after each convolution.
        last_dropout: Share of the last convolution's output channels that is set to 0 in training.
        in_channels: Channels of the images.
    """

    chained = True

    def __init__(
        self,
        image_size: int | None = None,
        channels: Sequence[int] = (32, 64, 64),
        kernels: Sequence[int] = (3, 3, 3),
        pools: Sequence[int] = (2, 2, 2),
        strides: Sequence[int] | None = None,
        *,
        same: bool = True,
        batch_norm: bool = False,
        last_dropout: float = 0.0,
        in_channels: int = 3,
    ) -> None:
        super().__init__()
        check(0 <= last_dropout < 1, f'expected `last_dropout` in [0, 1), got {last_dropout}')
        strides = strides or [1] * len(channels)
        check(
            len({len(option) for option in (channels, kernels, pools, strides)}) == 1,
            'expected as many `channels` as `kernels`, `pools` and `strides`, '
            f'got {channels}, {kernels}, {pools} and {strides}',
        )
        layers: list[nn.Module] = []
        plan = zip(pairwise((in_channels, *channels)), kernels, pools, strides, strict=True)
        for (before, after), kernel, pool, stride in plan:
            padding = kernel // 2 if same else 0
            convolution = nn.Conv2d(before, after, kernel, stride, padding, bias=not batch_norm)
            nn.init.kaiming_normal_(convolution.weight, nonlinearity='relu')
            layers.append(convolution)
            layers.extend([nn.BatchNorm2d(after)] if batch_norm else [])
            layers.extend([nn.MaxPool2d(pool, stride=2, padding=(pool - 1) // 2)] if pool else [])
            layers.append(nn.ReLU(inplace=True))
        # convolutions with few channels run up to twice as fast in this layout on CPUs
        # a channel that is dropped here is dropped in front of pooling and ReLU as well, where there is more of it
        dropout = [nn.Dropout2d(last_dropout)] if last_dropout else []
        self.layers = nn.Sequential(*layers, *dropout, nn.Flatten())
        self.layers.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.in_channels = in_channels
        self._image_shape: tuple[int, ...] | None = None
        self._out_features = 0
        if image_size is not None:
            self._measure((in_channels, image_size, image_size))

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Channels, height and width of the images."""
        check(
            self._image_shape is not None,
            'expected an `image_size` before the network is used; give it one, or '
            'give the module the `image_shape` of the data',
        )
        assert self._image_shape is not None
        return self._image_shape

    @property
    def out_features(self) -> int:  # type: ignore[override]
        """Features of an image, which are more the larger it is."""
        return self._out_features if self.image_shape else 0

    def build(self, image_shape: Sequence[int]) -> None:
        """Take the shape ``(C, H, W)`` of the data's images; raise ``CheckError`` if another was given."""
        if self._image_shape is None:
            self._measure((self.in_channels, *image_shape[1:]))
        self._check_shape(image_shape)

    def _check_shape(self, image_shape: Sequence[int]) -> None:
        if tuple(image_shape) != self.image_shape:
            msg = (
                f'expected images of shape {self.image_shape} by the `image_size` and `in_channels` of the '
                f'backbone, got {tuple(image_shape)}; leave `image_size` out to take that of the data'
            )
            raise CheckError(msg)

    def _measure(self, image_shape: tuple[int, ...]) -> None:
        with torch.no_grad():
            try:
                features = self.layers.eval()(torch.zeros(1, *image_shape))
            except RuntimeError as error:
                msg = f'expected a larger `image_size`, got {image_shape[-1]}: no pixel is left of it'
                raise CheckError(msg) from error
            finally:
                self.layers.train()
        self._image_shape, self._out_features = image_shape, int(features.shape[1])

    def blocks(self) -> list[nn.Module]:
        """Return the blocks, each from its convolution to its ReLU, the last with the flattening."""
        ends = [place + 1 for place, layer in enumerate(self.layers) if isinstance(layer, nn.ReLU)]
        return [self.layers[first:last] for first, last in pairwise([0, *ends[:-1], len(self.layers)])]

    def entered(self, images: Tensor) -> Tensor:
        """Return images in the memory layout of the convolutions."""
        self._check_shape(images.shape[1:])
        return images.contiguous(memory_format=torch.channels_last)

    def stages(self) -> list[nn.Module]:
        """Return the ReLU that ends each block."""
        return [layer for layer in self.layers if isinstance(layer, nn.ReLU)]

    def extract(self, images: Tensor) -> Tensor:
        """Return flattened feature maps, shape ``(B, out_features)``."""
        features: Tensor = self.layers(self.entered(images))
        return features


class LeNet(ConvNet):
    """The digits network of CyCADA, CDAN and SHOT on 28 pixels: 5x5 convolutions of 20 and 50 channels, each pooled.

    Args:
        image_size: Height and width of the images, in pixels; ``null`` for those of the data.
        batch_norm: Put batch norm after each convolution; the papers have none.
        last_dropout: Share of the 50 channels that is set to 0 in training; 0.5 in the codes of CyCADA, CDAN and SHOT.
    """

    def __init__(
        self, image_size: int | None = None, *, batch_norm: bool = False, last_dropout: float = 0.0
    ) -> None:
        super().__init__(
            image_size,
            (20, 50),
            (5, 5),
            (2, 2),
            same=False,
            batch_norm=batch_norm,
            last_dropout=last_dropout,
        )


class GaninMNIST(ConvNet):
    """The MNIST feature extractor of Ganin et al.: 5x5 convolutions of 32 and 48 channels, each pooled.

    The paper's images have 28 pixels; its label predictor is ``head: [100, 100]`` with ``bottleneck: null``. With
    ``batch_norm`` it is the extractor of MCD's authors for MNIST and USPS.

    Args:
        image_size: Height and width of the images, in pixels; ``null`` for those of the data.
        batch_norm: Put batch norm after each convolution; Ganin et al. have none.

    Reference:
        `Domain-Adversarial Training of Neural Networks <https://arxiv.org/abs/1505.07818>`_, figure 4a.
    """

    def __init__(self, image_size: int | None = None, *, batch_norm: bool = False) -> None:
        super().__init__(image_size, (32, 48), (5, 5), (2, 2), same=False, batch_norm=batch_norm)


class GaninSVHN(ConvNet):
    """The SVHN feature extractor of Ganin et al.: 5x5 convolutions of 64, 64 and 128 channels.

    The paper's images have 32 pixels; its label predictor is ``head: [3072, 2048]`` with ``bottleneck: null``.

    Args:
        image_size: Height and width of the images, in pixels; ``null`` for those of the data.
        batch_norm: Put batch norm after each convolution; the paper has none.

    Reference:
        `Domain-Adversarial Training of Neural Networks <https://arxiv.org/abs/1505.07818>`_, figure 4b. The
        sizes printed there need padded convolutions, used here; its dropout and max-norm are left out.
    """

    def __init__(self, image_size: int | None = None, *, batch_norm: bool = False) -> None:
        super().__init__(image_size, (64, 64, 128), (5, 5, 5), (3, 3, 0), batch_norm=batch_norm)


class GaninGTSRB(ConvNet):
    """The traffic-sign feature extractor of Ganin et al.: 96, 144 and 256 channels, each pooled.

    The paper's images have 40 pixels; its label predictor is ``head: [512]`` with ``bottleneck: null``.

    Args:
        image_size: Height and width of the images, in pixels; ``null`` for those of the data.
        batch_norm: Put batch norm after each convolution; the paper has none.

    Reference:
        `Domain-Adversarial Training of Neural Networks <https://arxiv.org/abs/1505.07818>`_, figure 4c.
    """

    def __init__(self, image_size: int | None = None, *, batch_norm: bool = False) -> None:
        super().__init__(image_size, (96, 144, 256), (5, 3, 5), (2, 2, 2), same=False, batch_norm=batch_norm)
