"""The base class of backbones."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Backbone(nn.Module, ABC):
    """Images in [0, 1] to feature vectors; a subclass writes ``extract`` and sets ``out_features``.

    Args:
        mean: Subtracted from each channel, one value or one a channel.
        std: Divides each channel after that, above 0.
    """

    out_features: int
    mean: Tensor
    std: Tensor

    def __init__(self, mean: Sequence[float] = (0.5,), std: Sequence[float] = (0.5,)) -> None:
        super().__init__()
        self.register_buffer('mean', torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer('std', torch.tensor(std).view(-1, 1, 1), persistent=False)
        self.preprocess: nn.Module = nn.Identity()  # of normalised images, where a style asks for more

    @abstractmethod
    def extract(self, images: Tensor) -> Tensor:
        """Return features ``(B, out_features)`` of normalised images ``(B, C, H, W)``."""

    def stages(self) -> list[nn.Module]:
        """Return the modules whose outputs are feature maps ``(B, C, H, W)``, from the finest to the coarsest."""
        return []

    def forward(self, images: Tensor) -> Tensor:
        """Return features ``(B, out_features)`` of images ``(B, C, H, W)`` in [0, 1]."""
        return self.extract(self.preprocess(images.sub(self.mean).div_(self.std)))


def weights_hash(module: nn.Module) -> str:
    """First 12 hex digits of the sha256 over all parameters and buffers, by name."""
    digest = hashlib.sha256()
    for name, value in sorted(module.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]


def parameters_hash(module: nn.Module) -> str:
    """First 12 hex digits of the sha256 over the parameters, each once, in the order they were made.

    Unlike ``weights_hash`` it is the same whether batch norm is split by domain or not.
    """
    digest = hashlib.sha256()
    for parameter in module.parameters():
        digest.update(repr(tuple(parameter.shape)).encode())
        digest.update(parameter.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]
