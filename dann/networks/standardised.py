"""Backbones for numbers that have units of their own: each is brought to mean 0 and deviation 1 of the source."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar, Protocol

import torch
from torch import Tensor, nn

from dann.core.errors import check
from dann.networks.backbone import Backbone

FLOOR = 1e-6  # of the size of a number: deviations up to this are rounding
CHUNK = 4096


class Standardised(Backbone):
    """A backbone whose inputs are standardised by what the source's training samples are.

    Before the first step every input loses its mean over the source's training samples and is divided by its
    deviation there, in source and target alike; no target sample is looked at. Mean and deviation are buffers: they
    are saved in checkpoints and not learned again by a network that has them. An input whose deviation is at most
    1e-6 of its mean, or at most 1e-6, is only centred.

    A subclass sets ``axes`` and writes ``layers_for`` and ``shared``.

    Args:
        standardise: Whether to do so at all; without it samples enter as they are.
    """

    axes: ClassVar[int] = 1
    learned: Tensor  # samples that mean and deviation are from; 0 before

    def __init__(self, *, standardise: bool = True) -> None:
        super().__init__()
        self.standardise = standardise
        self.shape: tuple[int, ...] | None = None
        self.register_buffer('learned', torch.zeros((), dtype=torch.int64))

    @abstractmethod
    def layers_for(self, shape: tuple[int, ...]) -> tuple[nn.Module, int]:
        """Return what extracts features from samples ``(B, *shape)``, and how many features it gives."""

    def shared(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of mean and deviation for samples of ``shape``: by default one for each number."""
        return shape

    def build(self, image_shape: Sequence[int]) -> None:
        """Make the layers for samples of this shape; raise ``CheckError`` if they have another already."""
        shape = tuple(image_shape)
        check(
            self.shape in (None, shape),
            f'expected samples of shape {self.shape}, got {shape}; take the data that the network was made for',
        )
        if self.shape is not None:
            return
        self.shape = shape
        self.register_buffer('mean', torch.zeros(self.shared(shape)))
        self.register_buffer('std', torch.ones(self.shared(shape)))
        # what else draws random numbers while a run is built must not change the initial network
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(torch.initial_seed() + 2)
            self.layers, self._out_features = self.layers_for(shape)

    @property
    def built_shape(self) -> tuple[int, ...]:
        """The shape of a sample, once it is known."""
        check(
            self.shape is not None,
            'expected a built backbone; call `build` with the shape of a sample, or give the module the '
            '`image_shape` of the data',
        )
        assert self.shape is not None
        return self.shape

    @property
    def out_features(self) -> int:  # type: ignore[override]
        """Features of a sample."""
        return self._out_features if self.built_shape else 0

    def learn(self, chunks: Iterator[Tensor]) -> None:
        """Learn mean and deviation, unless they are known already.

        Args:
            chunks: The source's training samples, shape ``(B, *shape)`` each.
        """
        if self.standardise:
            learn_scale(self, chunks, self.shared(self.built_shape))

    def extract(self, images: Tensor) -> Tensor:
        """Return features ``(B, out_features)`` of standardised samples."""
        features: Tensor = self.layers(images)
        return features


class Scaled(Protocol):
    """What has the buffers ``mean``, ``std`` and ``learned``, the number of samples they are from."""

    mean: Tensor
    std: Tensor
    learned: Tensor


@torch.no_grad()
def learn_scale(part: Scaled, chunks: Iterator[Tensor], shape: Sequence[int]) -> None:
    """Fill the buffers of a part that has learned nothing yet; the deviation is 1 where it is only rounding.

    Args:
        part: Where they are.
        chunks: As for ``moments``.
        shape: As for ``moments``.

    Raises:
        ValueError: There is no sample.
    """
    if part.learned > 0:
        return
    count, mean, squares = moments(chunks, shape)
    check(count > 0, 'expected training samples to standardise by, got none')
    std = (squares / count).sqrt()
    flat = std <= FLOOR * mean.abs().clamp(min=1)
    part.mean.copy_(mean)
    part.std.copy_(torch.where(flat, torch.ones_like(std), std))
    part.learned.fill_(count)


def moments(chunks: Iterator[Tensor], shape: Sequence[int]) -> tuple[int, Tensor, Tensor]:
    """Return a count, means and sums of squared deviations, in one pass and double precision.

    Args:
        chunks: Samples, shape ``(B, ...)`` each.
        shape: Of the means: as a sample, with 1 for an axis that is pooled.

    Reference:
        `Updating Formulae and a Pairwise Algorithm for Computing Sample Variances
        <https://doi.org/10.1007/978-3-642-51461-6_3>`_ (Chan, Golub and LeVeque, 1982), eqs. 2.1 for two parts.
    """
    count, mean, squares = (
        0,
        torch.zeros(*shape, dtype=torch.float64),
        torch.zeros(*shape, dtype=torch.float64),
    )
    for chunk in chunks:
        values = chunk.double().cpu()
        pooled = [0, *(axis for axis, size in enumerate(shape, start=1) if size == 1)]
        more = values.numel() // mean.numel()
        centre = values.mean(dim=pooled, keepdim=True)
        apart = centre[0] - mean
        squares += (values - centre).square().sum(dim=pooled, keepdim=True)[0]
        squares += apart.square() * count * more / (count + more)
        mean += apart * more / (count + more)
        count += more
    return count, mean, squares
