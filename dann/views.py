"""One domain as the network sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class View:
    """One domain as the network sees it: a mini-batch for a loss, a whole split for a validator.

    Args:
        features: Bottleneck output, shape ``(B, D)``.
        logits: Class scores, shape ``(B, C)``.
        labels: Classes, shape ``(B,)``; ``None`` wherever labels are off limits, which is every target view.
    """

    features: Tensor
    logits: Tensor
    labels: Tensor | None = None

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, index: slice) -> View:
        labels = None if self.labels is None else self.labels[index]
        return View(self.features[index], self.logits[index], labels)

    @property
    def probabilities(self) -> Tensor:
        """Softmax of the logits, shape ``(B, C)``."""
        return self.logits.softmax(dim=1)

    @property
    def predictions(self) -> Tensor:
        """Most probable class, shape ``(B,)``."""
        return self.logits.argmax(dim=1)

    def to(self, device: torch.device | str, dtype: torch.dtype | None = None) -> View:
        """Return the view on ``device``, features and logits in ``dtype`` where one is given."""
        labels = None if self.labels is None else self.labels.to(device)
        return View(self.features.to(device, dtype), self.logits.to(device, dtype), labels)

    @classmethod
    def concatenate(cls, views: Sequence[View]) -> View:
        """Return one view of all samples, labelled only if every part is."""
        labels = [view.labels for view in views if view.labels is not None]
        return cls(
            torch.cat([view.features for view in views]),
            torch.cat([view.logits for view in views]),
            torch.cat(labels) if len(labels) == len(views) else None,
        )
