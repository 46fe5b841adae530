"""Pairs of the plane on which theory says what adaptation can do, and the accuracy of a method on them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from training import fit

from dann.core.schedules import Cosine
from dann.datasets.pair import DomainPair
from dann.datasets.storage.stored_domain import Samples, StoredDomain
from dann.engine.module import AdaptationModule
from dann.networks.vectors import MLP
from dann.validators.infomax import InfoMax

Points = NDArray[np.float64]  # (N, 2)


class Plane(StoredDomain):
    """Points with as many of each class; ``classes``, ``place`` and ``moved`` say which."""

    def __init__(self, domain: str = 'source', root: str | None = None) -> None:
        super().__init__(root)
        self.domain, self.name = domain, f'{type(self).__name__.lower()}/{domain}'

    def options(self) -> dict[str, Any]:
        return {'domain': self.domain, 'moved': self.moved(np.eye(2)).round(6).tolist()}

    def make(self) -> dict[str, Samples]:
        rng = np.random.default_rng(len(self.domain) * (self.domain == 'target'))
        return {split: self._draw(split, count, rng) for split, count in COUNTS.items()}

    def _draw(self, split: str, count: int, rng: np.random.Generator) -> Samples:
        labels = np.arange(count, dtype=np.int64) % len(self.classes)
        points = self.place(labels, rng)
        points = self.moved(points) if self.domain == 'target' else points
        ids = np.array([f'{self.name}/{split}/{number}' for number in range(count)])
        return Samples(points.astype(np.float32), labels, ids)

    def place(self, labels: NDArray[np.int64], rng: np.random.Generator) -> Points:
        raise NotImplementedError

    def moved(self, points: Points) -> Points:
        raise NotImplementedError


COUNTS = {'train': 300, 'val': 60, 'test': 600}


class Moons(Plane):
    """Two interleaved half circles; those of the target are turned by 30 degrees about their common centre."""

    classes = ('upper', 'lower')

    def place(self, labels: NDArray[np.int64], rng: np.random.Generator) -> Points:
        turn, sign = np.pi * rng.random(len(labels)), 1 - 2 * labels
        points = np.stack([labels + sign * np.cos(turn), labels / 2 + sign * np.sin(turn)], axis=1)
        placed: Points = points - np.array([0.5, 0.25]) + rng.normal(0, 0.05, (len(labels), 2))
        return placed

    def moved(self, points: Points) -> Points:
        turn = np.deg2rad(30)
        turned: Points = points @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        return turned


class Gaussians(Plane):
    """Three separable classes at the corners of a triangle, moved in the target by less than half a side."""

    classes = ('east', 'north-west', 'south-west')

    def place(self, labels: NDArray[np.int64], rng: np.random.Generator) -> Points:
        angle = 2 * np.pi * labels / 3
        corners = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        placed: Points = corners + rng.normal(0, 0.5, (len(labels), 2))
        return placed

    def moved(self, points: Points) -> Points:
        moved: Points = points + np.array([1.15, 0.55])
        return moved


class Perceptron(MLP):
    """One hidden layer as torch draws it: with biases of 0 every edge would run through the centre of rotation."""

    def __init__(self, *, batch_norm: bool = False) -> None:
        super().__init__((64,), batch_norm=batch_norm, standardise=False)

    def layers_for(self, shape: tuple[int, ...]) -> tuple[nn.Module, int]:
        layers, width = super().layers_for(shape)
        for layer in layers.modules():
            if isinstance(layer, nn.Linear):
                layer.reset_parameters()
        return layers, width


def accuracy(
    kind: type[Plane],
    make: Callable[..., AdaptationModule] = AdaptationModule,
    *,
    seed: int,
    steps: int = 250,
    lr: float = 3e-3,
    **options: Any,
) -> float:
    """Train a small perceptron with Adam; return its accuracy on the target's test split in percent."""
    source, target = kind('source'), kind('target')
    pair = DomainPair(source, target, batch_size=64, steps_per_epoch=steps, seed=seed)
    torch.manual_seed(seed)
    defaults: dict[str, Any] = {
        'backbone': Perceptron(),
        'bottleneck': 16,
        'optimizer': partial(torch.optim.Adam, lr=lr, betas=(0.5, 0.999)),  # as games need it
        'lr_schedule': Cosine(),  # or the last step decides
        'validators': [InfoMax()],
        'image_shape': (2,),
    }
    model = make(num_classes=len(kind.classes), **defaults | options)
    fit(model, pair, epochs=1)
    with torch.no_grad():
        said = model.eval()(target.images('test')).argmax(dim=1)
    return 100 * float((said == target.labels('test')).float().mean())
