"""A module at one step of its training: evaluates its loss terms at other weights and on other batches."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor

from dann.audit.tapped import TappedModule
from dann.audit.trainings import cast_batch
from dann.core.views import Losses, View
from dann.datasets.loading import Batch

Step = Mapping[str, Tensor]
SMALL = 1e-20


class Probe:
    """A copy in float64, with a batch and the progress at which it came.

    Every evaluation starts from the same weights, buffers and random numbers.

    Args:
        module: In training; it stays as it is.
        batch: As the step received it.
        progress: In [0, 1].
    """

    def __init__(self, module: TappedModule, batch: Batch, progress: float) -> None:
        self.module: TappedModule = deepcopy(module).double()
        self.module.trainer = module.trainer
        self.batch: Batch = cast_batch(batch, torch.float64)
        self.progress = progress
        self.module.zero_grad(set_to_none=True)
        self._weights = {name: value.detach().clone() for name, value in self.module.named_parameters()}
        self._buffers = [
            (part, name, None if value is None else value.clone())
            for part in self.module.modules()
            for name, value in part._buffers.items()
        ]

    @property
    def trained(self) -> dict[str, Tensor]:
        """Parameters that this step trains, by name."""
        return {name: each for name, each in self.module.named_parameters() if each.requires_grad}

    def of_features(self) -> list[str]:
        """Return the names of the trained parameters of backbone and bottleneck."""
        return [
            name for name in self.trained if name.startswith(('network.backbone.', 'network.bottleneck.'))
        ]

    def of_head(self) -> list[str]:
        """Return the names of the trained parameters of the classifier."""
        return [name for name in self.trained if name.startswith('network.head.')]

    def of_others(self) -> list[str]:
        """Return the names of the trained parameters outside the shared network."""
        return [name for name in self.trained if not name.startswith('network.')]

    @torch.no_grad()
    def reset(self, step: Step | None = None, seed: int = 0) -> None:
        """Go back to where the probe was taken, and from there by ``step``; draw under ``seed``."""
        for name, parameter in self.module.named_parameters():
            parameter.copy_(self._weights[name])
            if step is not None and name in step:
                parameter.add_(step[name])
        for part, name, value in self._buffers:
            part._buffers[name] = None if value is None else value.clone()
        torch.default_generator.manual_seed(seed)

    def losses(self, step: Step | None = None, seed: int = 0) -> Losses:
        """Return the terms after ``step``, drawn under ``seed``."""
        self.reset(step, seed)
        return self.module.losses(self.batch, self.progress)

    def value(self, terms: Iterable[str], batch: Batch, *, held: bool = False) -> float:
        """Return a sum of terms on another batch.

        Args:
            terms: Which.
            batch: In place of the probe's own.
            held: In evaluation mode, in which no image acts on another's features through batch norm.
        """
        self.reset()
        self.module.train(not held)
        try:
            losses = self.module.losses(batch, self.progress)
        finally:
            self.module.train()
        return sum(float(losses[term].detach()) for term in terms)

    def looks_at_target(self, term: str) -> bool:
        """Whether a term is another on other target images."""
        negative: Batch = {**self.batch, 'target': 1 - self.batch['target']}
        return self.value([term], self.batch, held=True) != self.value([term], negative, held=True)

    def views(self, step: Step | None = None) -> tuple[View | None, View]:
        """Return what the shared network sees of the batch after ``step``; no source where none is delivered."""
        self.reset(step)
        with torch.no_grad():
            if 'source' not in self.batch:
                return None, self.module.network(self.batch['target'], domain=self.module.deployed)
            images, labels = self.batch['source']
            return self.module.network.both(images, labels, self.batch['target'])

    def gradient(self, terms: Iterable[Tensor], names: Iterable[str]) -> dict[str, Tensor]:
        """Return the gradient of a sum of terms in some parameters; only those that it reaches."""
        chosen = {name: self.trained[name] for name in names}
        total = torch.stack(list(terms)).sum()
        if not chosen or not total.requires_grad:
            return {}
        found = torch.autograd.grad(total, list(chosen.values()), retain_graph=True, allow_unused=True)
        reached = {name: each for name, each in zip(chosen, found, strict=True) if each is not None}
        return reached if length(reached) > SMALL else {}

    def down(self, gradient: Step, size: float) -> dict[str, Tensor]:
        """Return a step down a gradient, ``size`` times as long as the weights that it moves."""
        weights = length({name: self._weights[name] for name in gradient})
        scale = size * max(weights, SMALL) / max(length(gradient), SMALL)
        return {name: -scale * each.detach() for name, each in gradient.items()}


def length(step: Step) -> float:
    """Return the Euclidean length of a step; 0 of none."""
    return math.sqrt(sum(float(each.detach().square().sum()) for each in step.values()))


def descended(
    probe: Probe, terms: list[str], names: list[str], *, steps: int, size: float
) -> dict[str, Tensor]:
    """Return where a few steps down a sum of terms lead, each ``size`` times as long as the weights."""
    total: dict[str, Tensor] = {}
    for _ in range(steps):
        losses = probe.losses(total)
        found = [losses[term] for term in terms if term in losses]
        gradient = probe.gradient(found, names) if found else {}
        if not gradient:
            break
        for name, each in probe.down(gradient, size).items():
            total[name] = total[name] + each if name in total else each
    return total


def scientific(value: Any) -> str:
    """Return a number as evidence shows it."""
    return f'{value:+.1e}'
