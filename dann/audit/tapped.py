"""Training classes wrapped so that an audit sees, and can change, the loss terms of every step."""

from __future__ import annotations

from copy import copy
from functools import cache
from typing import Any

import torch
from torch import Tensor

from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.engine.module import AdaptationModule


class Tap:
    """Receives the loss terms of a training. This one changes nothing and notes nothing.

    ``dry`` taps stop what a step does to the weights: no optimiser steps, no term is recorded.
    """

    dry = False

    def losses(self, losses: Losses) -> Losses:
        """Take the terms that ``AdaptationModule.losses`` returned; return those to go on with."""
        return losses

    def style_losses(self, losses: Losses) -> None:
        """Take the terms that the style returned."""

    def descend(self, losses: Losses, optimizers: tuple[Any, ...]) -> Losses:
        """Take the terms that a step of ``optimizers`` is about to lower; return those to lower instead."""
        return losses

    def record(self, losses: Losses) -> None:
        """Take the terms that go into the records."""


class TappedModule(AdaptationModule):
    """A training class whose terms pass through ``tap``. ``tapped`` puts it in front of any other class."""

    tap: Tap = Tap()

    def losses(self, batch: Batch, progress: float) -> Losses:
        """Return the terms of one step, as the tap returns them."""
        return self.tap.losses(super().losses(batch, progress))

    def styled_views(
        self, images: Tensor, labels: Tensor, target: Tensor, progress: float
    ) -> tuple[View, View | None, Losses]:
        """Return both views and the style's terms, which the tap sees."""
        source, unseen, losses = super().styled_views(images, labels, target, progress)
        self.tap.style_losses(losses)
        return source, unseen, losses

    def descend(self, losses: Losses, *optimizers: Any) -> None:
        """Take one step down the terms that the tap returns."""
        passed = self.tap.descend(losses, optimizers)
        if not self.tap.dry:
            super().descend(passed, *optimizers)

    def record(self, losses: Losses, batch_idx: int) -> Tensor:
        """Record the terms and return their sum."""
        self.tap.record(losses)
        return torch.zeros(()) if self.tap.dry else super().record(losses, batch_idx)

    def step_schedules(self) -> None:
        """Move the learning rates on."""
        if not self.tap.dry:
            super().step_schedules()


def tapped(module: AdaptationModule) -> TappedModule:
    """Return a module whose terms pass through a ``Tap``: a copy that shares its weights, of a subclass of its class.

    Args:
        module: Stays as it is.
    """
    wrapped: Any = copy(module)
    kind: Any = type(module)
    wrapped.__class__ = _tapped_class(kind)
    made: TappedModule = wrapped
    return made


@cache
def _tapped_class(kind: Any) -> type[TappedModule]:
    # a name with <locals> keeps jsonargparse from offering the class as a short name of a configuration
    names = {'__qualname__': f'tapped.<locals>.{kind.__name__}'}
    made: type[TappedModule] = type(f'Tapped{kind.__name__}', (TappedModule, kind), names)
    return made


def method_class(module: AdaptationModule) -> type[AdaptationModule]:
    """Return the training class that a module was made from, without the wrapping."""
    kinds: list[Any] = [*type(module).__mro__]
    found: type[AdaptationModule] = next(kind for kind in kinds if not issubclass(kind, TappedModule))
    return found
