"""What an alignment is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor, nn

from dann.errors import check
from dann.schedules import Constant, Schedule
from dann.views import View

Losses = dict[str, Tensor]


class Alignment(nn.Module, ABC):
    """A penalty on the gap between two domains; a subclass writes ``forward``.

    ``strength(progress)`` is ``weight * schedule(progress)``; the training module evaluates it at every step
    and hands the number to ``forward``, so an alignment never keeps a clock of its own.

    Args:
        weight: Factor on the whole alignment, at least 0.
        schedule: How the strength grows with progress.
    """

    family: ClassVar[str] = 'alignment'

    def __init__(self, weight: float = 1.0, schedule: Schedule = Constant()) -> None:
        super().__init__()
        check(weight >= 0, f'expected `weight` of at least 0, got {weight}')
        self.weight = weight
        self.schedule = schedule

    def build(self, feature_dim: int, num_classes: int) -> None:
        """Create parameters whose shape depends on the network. Called once, before training."""

    def strength(self, progress: float) -> float:
        """Return the strength at ``progress`` in [0, 1]."""
        return self.weight * self.schedule(progress)

    @abstractmethod
    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return named scalar terms, already weighted; ``target.labels`` is ``None``."""

    def diagnose(self, source: View, target: View) -> dict[str, float]:
        """Return figures worth logging about two held-out views; never part of the loss."""
        return {}
