"""A convolutional backbone for series: several channels over time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from torch import Tensor, nn

from dann.core.errors import CheckError, check
from dann.networks.standardised import Standardised


class MeanOverTime(nn.Module):
    """The mean of each channel."""

    def forward(self, series: Tensor) -> Tensor:
        """Return ``(B, C)`` of ``(B, C, T)``."""
        return series.mean(dim=2)


class ConvNet1d(Standardised):
    """Blocks of convolution over time, batch norm (optional), max pooling by 2 and ReLU; then the mean over time.

    Each channel of ``(B, C, T)`` is standardised over samples and time. Weights start as He et al. (2015) draw them.

    Args:
        channels: Output channels of each block, the last one the number of features.
        kernels: Odd kernel size of each block, in steps; the ends are padded with zeros.
        pool: Halve the length after each block; false keeps it.
        batch_norm: Put batch norm after each convolution.
        standardise: Standardise by the source's training samples, see ``Standardised``.
    """

    axes: ClassVar[int] = 2

    def __init__(
        self,
        channels: Sequence[int] = (64, 128, 128),
        kernels: Sequence[int] = (7, 5, 3),
        *,
        pool: bool = True,
        batch_norm: bool = False,
        standardise: bool = True,
    ) -> None:
        super().__init__(standardise=standardise)
        check(
            len(channels) == len(kernels) > 0,
            f'expected as many `channels` as `kernels`, got {list(channels)} and {list(kernels)}',
        )
        check(
            all(kernel > 0 and kernel % 2 for kernel in kernels),
            f'expected odd `kernels` above 0, got {list(kernels)}',
        )
        self.channels, self.kernels = tuple(channels), tuple(kernels)
        self.pool, self.batch_norm = pool, batch_norm

    def shared(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return one mean and deviation a channel."""
        return shape[0], 1

    def layers_for(self, shape: tuple[int, ...]) -> tuple[nn.Module, int]:
        """Return the blocks; raise ``CheckError`` for a series that they would halve to nothing."""
        if self.pool and shape[1] < 2 ** len(self.channels):
            msg = (
                f'expected series of at least {2 ** len(self.channels)} steps for {len(self.channels)} blocks, '
                f'got {shape[1]}; take fewer `channels`, or `pool: false`'
            )
            raise CheckError(msg)
        layers: list[nn.Module] = []
        for (before, after), kernel in zip(pairwise((shape[0], *self.channels)), self.kernels, strict=True):
            convolution = nn.Conv1d(before, after, kernel, padding=kernel // 2, bias=not self.batch_norm)
            nn.init.kaiming_normal_(convolution.weight, nonlinearity='relu')
            if convolution.bias is not None:
                nn.init.zeros_(convolution.bias)
            layers += [convolution, *([nn.BatchNorm1d(after)] if self.batch_norm else [])]
            layers += [*([nn.MaxPool1d(2)] if self.pool else []), nn.ReLU()]
        return nn.Sequential(*layers, MeanOverTime()), self.channels[-1]
