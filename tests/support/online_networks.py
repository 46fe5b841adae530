"""Tiny deployed networks and streams for the methods that adapt online."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from draws import draw
from numpy.typing import NDArray
from torch import Tensor, nn
from toy import Toy
from training import module, pair

from dann.engine.card import card_of
from dann.engine.trained import TrainedModel
from dann.transfer.online.protocols import arranged, drawn
from dann.transfer.online.stream import Segment, Stream

WIDTH, CLASSES = 3, 4
Array = NDArray[np.float64]


class Small(nn.Module):
    """Batch norm and a linear layer on vectors, in double precision."""

    def __init__(self, seed: int = 0, scale: float = 1.0) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(WIDTH).double()
        self.head = nn.Linear(WIDTH, CLASSES, bias=False).double()
        with torch.no_grad():
            self.norm.weight.copy_(1 + 0.1 * draw(WIDTH, seed=seed))
            self.norm.bias.copy_(0.1 * draw(WIDTH, seed=seed + 1))
            self.head.weight.copy_(scale * draw(CLASSES, WIDTH, seed=seed + 2))
            assert self.norm.running_mean is not None
            assert self.norm.running_var is not None
            self.norm.running_mean.copy_(draw(WIDTH, seed=seed + 3))
            self.norm.running_var.copy_(1 + draw(WIDTH, seed=seed + 4).square())

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.norm(x))
        return logits


class Pictures(nn.Module):
    """A convolution, batch norm and the mean over the image."""

    def __init__(self, *, normed: bool = True) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3)
        self.norm = nn.BatchNorm2d(6) if normed else nn.Identity()
        self.head = nn.Linear(6, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.norm(self.first(x)).relu().mean(dim=(2, 3)))
        return logits


def pictures(*, normed: bool = True, seed: int = 0) -> Pictures:
    """A small network of images, the same for a seed."""
    torch.manual_seed(seed)
    return Pictures(normed=normed)


def arrays(*tensors: Tensor) -> list[Array]:
    """Copies as NumPy has them."""
    return [each.detach().double().numpy().copy() for each in tensors]


def model(*, normed: bool = True, seed: int = 0, **options: Any) -> TrainedModel:
    """A network of the toy pair, which has not learned anything."""
    made = module(normed=normed, seed=seed, **options)
    return TrainedModel(made, card_of(made, pair()))


def segment(domain: str = 'b', count: int = 12, *, seed: int = 0, **options: Any) -> Segment:
    """Images of a toy domain in a random order."""
    toy = Toy(domain, test=max(count, 12), **options)
    toy.prepare()
    return Segment(toy.name, toy, drawn(count, max(count, 12), seed))


def stream(protocol: str = 'continual', batch_size: int = 4, **options: Any) -> Stream:
    """Two toy domains."""
    return arranged(protocol, [segment('b', **options), segment('c', **options)], batch_size=batch_size)
