"""What a style is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor, nn

from dann.errors import check
from dann.schedules import Constant, Schedule


class Style(nn.Module, ABC):
    """Source images in the target's style, their labels still valid; a subclass writes ``stylise``.

    Every source image gets a partner, drawn at random from the target batch. The result is blended with the
    original: ``x + strength * (stylise(x, partner) - x)``, with
    ``strength(progress) = weight * schedule(progress)`` in [0, 1].

    Args:
        weight: Blend between the source image (0) and the stylised one (1).
        schedule: How the strength grows with progress.
    """

    family: ClassVar[str] = 'style'

    def __init__(self, weight: float = 1.0, schedule: Schedule = Constant()) -> None:
        super().__init__()
        check(0 <= weight <= 1, f'expected `weight` in [0, 1], got {weight}')
        self.weight = weight
        self.schedule = schedule

    def strength(self, progress: float) -> float:
        """Return the strength at ``progress`` in [0, 1]."""
        return self.weight * self.schedule(progress)

    @abstractmethod
    def stylise(self, source: Tensor, partner: Tensor) -> Tensor:
        """Return ``source`` images ``(B, C, H, W)`` in [0, 1] in the style of ``partner``, image by image."""

    @torch.no_grad()
    def forward(self, source: Tensor, target: Tensor, strength: float) -> Tensor:
        """Return the source images, shape ``(Bs, C, H, W)``, in the style of ``(Bt, C, H, W)`` target ones."""
        if strength == 0:
            return source
        check(
            source.ndim == 4 and target.ndim == 4 and source.shape[1:] == target.shape[1:],
            'expected images of shape (Bs, C, H, W) and (Bt, C, H, W), '
            f'got {tuple(source.shape)} and {tuple(target.shape)}',
        )
        partner = target[torch.randint(len(target), (len(source),), device=target.device)]
        return torch.lerp(source, self.stylise(source, partner).clamp(0, 1), strength)
