"""Two domains on which a calibrated model's accuracy is known."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dann.core.views import View


def calibrated(count: int, spread: float, seed: int, heat: float = 1.0) -> tuple[View, float]:
    """A view of two classes with P(y = 1 | x) = sigmoid(x), x normal of that ``spread``, and the accuracy expected.

    ``heat`` divides the model's logits: 1 is calibrated, less is too sure.
    """
    rng = np.random.default_rng(seed)
    x = spread * rng.standard_normal(count)
    chance = 1 / (1 + np.exp(-x))
    labels = torch.from_numpy((rng.random(count) < chance).astype(np.int64))
    return View(torch.zeros(count, 1), two_classes(torch.from_numpy(x) / heat), labels), float(
        np.maximum(chance, 1 - chance).mean()
    )


def two_classes(x: Tensor) -> Tensor:
    """The logits of two classes that are ``x`` apart, shape ``(N, 2)``."""
    return torch.stack([torch.zeros_like(x), x], dim=1)


def without_labels(view: View) -> View:
    """The view as a target's."""
    return View(view.features, view.logits)
