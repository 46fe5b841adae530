"""Features around four corners of a square, and predictions of which a share is wrong."""

from __future__ import annotations

import torch
from torch import Tensor

from dann.core.views import View

CLASSES = 4


def blobs(count: int = 60, spread: float = 0.5, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Features around the corners of a square of side 4, and which corner."""
    rng = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % CLASSES
    corners = torch.tensor([[0.0, 0], [4, 0], [0, 4], [4, 4]], dtype=torch.float64)
    return corners[labels] + spread * torch.randn(count, 2, generator=rng, dtype=torch.float64), labels


def mistaken(labels: Tensor, share: float, seed: int = 1) -> Tensor:
    """Labels of which a share is replaced by random ones."""
    rng = torch.Generator().manual_seed(seed)
    other = torch.randint(CLASSES, labels.shape, generator=rng)
    return torch.where(torch.rand(len(labels), generator=rng) < share, other, labels)


def predicted_view(features: Tensor, predictions: Tensor) -> View:
    """A view of these features and predicted classes."""
    return View(features, torch.eye(CLASSES, dtype=features.dtype)[predictions])


def nothing_to_compare() -> list[View]:
    """A single point, fewer samples than classes, and features that are not finite."""
    few = torch.randn(3, 2, generator=torch.Generator().manual_seed(0))
    return [
        predicted_view(torch.ones(9, 2), torch.zeros(9, dtype=torch.long)),
        predicted_view(few, torch.arange(3)),
        predicted_view(torch.full((9, 2), torch.nan), torch.arange(9) % CLASSES),
    ]
