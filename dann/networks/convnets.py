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
        image_size: Height and width of the images, in pixels.
        channels: Output channels of each block.
        kernels: Kernel size of each block.
        pools: Pooling window of each block, moved by 2; 0 for none.
        strides: Stride of each block's convolution; ``None`` for 1 throughout.
        same: Pad so that convolutions of stride 1 keep the size.
        batch_norm: Put batch norm after each convolution.
        in_channels: Channels of the images.
    """

    def __init__(
        self,
        image_size: int = 28,
        channels: Sequence[int] = (32, 64, 64),
        kernels: Sequence[int] = (3, 3, 3),
        pools: Sequence[int] = (2, 2, 2),
        strides: Sequence[int] | None = None,
        *,
        same: bool = True,
        batch_norm: bool = False,
        in_channels: int = 3,
    ) -> None:
        super().__init__()
        strides = strides or [1] * len(channels)
        check(
            len({len(option) for option in (channels, kernels, pools, strides)}) == 1,
            'expected as many `channels` as `kernels`, `pools` and `strides`, '
            f'got {channels}, {kernels}, {pools} and {strides}',
        )
        self.image_shape = (in_channels, image_size, image_size)
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
        self.layers = nn.Sequential(*layers, nn.Flatten())
        self.layers.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.out_features = self._measure()

    def _measure(self) -> int:
        with torch.no_grad():
            try:
                return int(self.layers.eval()(torch.zeros(1, *self.image_shape)).shape[1])
            except RuntimeError as error:
                msg = f'expected a larger `image_size`, got {self.image_shape[-1]}: no pixel is left of it'
                raise CheckError(msg) from error
            finally:
                self.layers.train()

    def stages(self) -> list[nn.Module]:
        """Return the ReLU that ends each block."""
        return [layer for layer in self.layers if isinstance(layer, nn.ReLU)]

    def extract(self, images: Tensor) -> Tensor:
        """Return flattened feature maps, shape ``(B, out_features)``."""
        if images.shape[1:] != self.image_shape:
            msg = (
                f'expected images of shape (B, {", ".join(map(str, self.image_shape))}), '
                f"got {tuple(images.shape)}; set the backbone's `image_size` and `in_channels`"
            )
            raise CheckError(msg)
        features: Tensor = self.layers(images.contiguous(memory_format=torch.channels_last))
        return features


class LeNet(ConvNet):
    """The digits network of CyCADA and CDAN: 5x5 convolutions of 20 and 50 channels, each pooled.

    Args:
        image_size: Height and width of the images, in pixels.
        batch_norm: Put batch norm after each convolution; the papers have none.
    """

    def __init__(self, image_size: int = 28, *, batch_norm: bool = False) -> None:
        super().__init__(image_size, (20, 50), (5, 5), (2, 2), same=False, batch_norm=batch_norm)


class GaninMNIST(ConvNet):
    """The MNIST feature extractor of Ganin et al.: 5x5 convolutions of 32 and 48 channels, each pooled.

    The paper's label predictor on it is ``head: [100, 100]`` with ``bottleneck: null``.

    Args:
        image_size: Height and width of the images, in pixels.
        batch_norm: Put batch norm after each convolution; the paper has none.

    Reference:
        `Domain-Adversarial Training of Neural Networks <https://arxiv.org/abs/1505.07818>`_, figure 4a.
    """

    def __init__(self, image_size: int = 28, *, batch_norm: bool = False) -> None:
        super().__init__(image_size, (32, 48), (5, 5), (2, 2), same=False, batch_norm=batch_norm)


class GaninSVHN(ConvNet):
    """The SVHN feature extractor of Ganin et al.: 5x5 convolutions of 64, 64 and 128 channels.

    The paper's label predictor on it is ``head: [3072, 2048]`` with ``bottleneck: null``.

    Args:
        image_size: Height and width of the images, in pixels.
        batch_norm: Put batch norm after each convolution; the paper has none.

    Reference:
        `Domain-Adversarial Training of Neural Networks <https://arxiv.org/abs/1505.07818>`_, figure 4b. The
        sizes printed there need padded convolutions, used here; its dropout and max-norm are left out.
    """

    def __init__(self, image_size: int = 32, *, batch_norm: bool = False) -> None:
        super().__init__(image_size, (64, 64, 128), (5, 5, 5), (3, 3, 0), batch_norm=batch_norm)


class GaninGTSRB(ConvNet):
    """The traffic-sign feature extractor of Ganin et al.: 96, 144 and 256 channels, each pooled.

    The paper's label predictor on it is ``head: [512]`` with ``bottleneck: null``.

    Args:
        image_size: Height and width of the images, in pixels.
        batch_norm: Put batch norm after each convolution; the paper has none.

    Reference:
        `Domain-Adversarial Training of Neural Networks <https://arxiv.org/abs/1505.07818>`_, figure 4c.
    """

    def __init__(self, image_size: int = 40, *, batch_norm: bool = False) -> None:
        super().__init__(image_size, (96, 144, 256), (5, 3, 5), (2, 2, 2), same=False, batch_norm=batch_norm)
