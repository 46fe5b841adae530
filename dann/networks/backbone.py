"""The base class of backbones."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from dann.core.errors import check
from dann.core.remembered import Remembered
from dann.networks.patchwise import Patchwise

SAMPLES = {1: 'feature vectors', 2: 'series', 3: 'images'}  # what a sample of so many axes is
TAKES = {1: 'MLP', 2: 'ConvNet1d', 3: 'ConvNet'}


class Backbone(Remembered, nn.Module, ABC):
    """Images in [0, 1] to feature vectors; a subclass writes ``extract`` and sets ``out_features``.

    ``out_features`` may depend on the size of the images: a run calls ``build`` before it is read. A subclass whose
    ``blocks`` say what images pass through can be frozen block by block; one that is nothing else than these blocks in
    a row sets ``chained``. A backbone of series or of feature vectors instead of images says so by its ``axes``, those
    of a sample: 3 for images, 2 for series, 1 for vectors, 0 for whatever there is.

    Args:
        mean: Subtracted from each channel, one value or one a channel.
        std: Divides each channel after that, above 0.
    """

    axes: ClassVar[int] = 3
    out_features: int
    mean: Tensor
    std: Tensor
    chained: ClassVar[bool] = False  # whether `extract` is `blocks` applied to `entered`, one after another
    licence: str = ''  # of its pretrained weights, where it has any
    resizes: ClassVar[bool] = False  # whether its option `image_size` is what images are brought to

    def __init__(self, mean: Sequence[float] = (0.5,), std: Sequence[float] = (0.5,)) -> None:
        super().__init__()
        self.register_buffer('mean', torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer('std', torch.tensor(std).view(-1, 1, 1), persistent=False)
        self.preprocess: nn.Module = nn.Identity()  # of normalised images, where a style asks for more
        self.frozen: list[nn.Module] = []
        self.stored: tuple[int, tuple[int, ...]] | None = None

    def build(self, image_shape: Sequence[int]) -> None:
        """Learn the shape ``(C, H, W)`` of the data's images; raise ``CheckError`` if it cannot take them."""

    @abstractmethod
    def extract(self, images: Tensor) -> Tensor:
        """Return features ``(B, out_features)`` of normalised images ``(B, C, H, W)``."""

    def stages(self) -> list[nn.Module]:
        """Return the modules whose outputs are feature maps ``(B, C, H, W)``, from the finest to the coarsest."""
        return []

    def blocks(self) -> list[nn.Module]:
        """Return the parts that images pass through, from the first to the last; empty where they are not known."""
        return []

    def patchwise(self) -> Patchwise | None:
        """Return both halves of a vision transformer, between which patches may be left out; of others ``None``."""
        return None

    def forward(self, images: Tensor) -> Tensor:
        """Return features ``(B, out_features)`` of images ``(B, C, H, W)`` in [0, 1].

        What left the frozen blocks before, and was ``stored``, is told by its shape and goes on from there.
        """
        if self.stored is not None and tuple(images.shape[1:]) == self.stored[1]:
            return self.passed(images, self.stored[0])
        return self.extract(self.normalised(images))

    def normalised(self, images: Tensor) -> Tensor:
        """Return images in [0, 1] as ``extract`` takes them."""
        normalised: Tensor = self.preprocess(images.sub(self.mean).div_(self.std))
        return normalised

    def entered(self, images: Tensor) -> Tensor:
        """Return normalised images as the first block takes them, where the backbone is ``chained``."""
        return images

    def passed(self, maps: Tensor, first: int, last: int | None = None) -> Tensor:
        """Return what leaves block ``last`` (exclusive, counted from 0) of what enters block ``first``.

        Features that left the whole backbone enter at the number of blocks, and leave as they are.
        """
        maps = maps if first else self.entered(maps)
        for block in self.blocks()[first:last]:
            maps = block(maps)
        return maps

    def before(self, count: int, images: Tensor) -> Tensor:
        """Return what leaves the first ``count`` blocks of images in [0, 1]; features if these are all."""
        if count >= len(self.blocks()):
            return self.extract(self.normalised(images))
        return self.passed(self.normalised(images), 0, count)

    def train(self, mode: bool = True) -> Self:
        """Set training or evaluation mode; what is frozen stays in evaluation mode, its batch norm with it."""
        super().train(mode)
        for module in self.frozen:
            module.eval()
        return self


def in_words(shape: Sequence[int]) -> str:
    """Return what samples of a shape are, for example ``feature vectors of shape (64,)``."""
    return f'{SAMPLES.get(len(shape), "samples")} of shape {tuple(shape)}'


def validate_axes(backbone: Backbone, shape: Sequence[int]) -> None:
    """Raise ``CheckError`` unless a backbone takes samples of this shape."""
    check(
        backbone.axes in (0, len(shape)),
        f'{type(backbone).__name__} takes {SAMPLES.get(backbone.axes)}, and the data are {in_words(shape)}; '
        f'set `backbone` to {TAKES.get(len(shape), "one that takes them")}',
    )


def weights_hash(*modules: nn.Module) -> str:
    """First 12 hex digits of the sha256 over all parameters and buffers, by name."""
    digest = hashlib.sha256()
    for module in modules:
        for name, value in sorted(module.state_dict().items()):
            digest.update(name.encode())
            digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]


def parameters_hash(module: nn.Module) -> str:
    """First 12 hex digits of the sha256 over the parameters, each once, in the order they were made.

    Unlike ``weights_hash`` it is the same whether batch norm is split by domain or not, before training: the target's
    copies are left out.
    """
    digest = hashlib.sha256()
    for name, parameter in module.named_parameters():
        if '.norms.target.' in f'.{name}':
            continue
        digest.update(repr(tuple(parameter.shape)).encode())
        digest.update(parameter.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]
