"""One domain as the network sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from dann.core.errors import check

Losses = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class View:
    """One domain as the network sees it: a mini-batch for a loss, a whole split for a validator.

    Args:
        features: Bottleneck output, shape ``(B, D)``.
        logits: Class scores, shape ``(B, C)``.
        labels: Classes, shape ``(B,)``; ``None`` wherever labels are off limits, which is every target view.
        hidden: Outputs of the classifier's hidden layers, after ReLU, from the first to the last.
        mixed_logits: Class scores of each image mixed with another of the split, shape ``(B, C)``, where a
            validator asks for them; see ``dann.scoring.MIXED``.
        mixed_with: Predicted class of that other image, shape ``(B,)``.
    """

    features: Tensor
    logits: Tensor
    labels: Tensor | None = None
    hidden: tuple[Tensor, ...] = ()
    mixed_logits: Tensor | None = None
    mixed_with: Tensor | None = None

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, index: slice | Tensor) -> View:
        return self._each(lambda part: part[index])

    @property
    def probabilities(self) -> Tensor:
        """Softmax of the logits, shape ``(B, C)``."""
        return self.logits.softmax(dim=1)

    @property
    def predictions(self) -> Tensor:
        """Most probable class, shape ``(B,)``."""
        return self.logits.argmax(dim=1)

    def to(self, device: torch.device | str, dtype: torch.dtype | None = None) -> View:
        """Return the view on ``device``, all but classes in ``dtype`` where one is given."""
        return self._each(lambda part: part.to(device, dtype if part.is_floating_point() else None))

    def _each(self, change: Callable[[Tensor], Tensor]) -> View:
        optional = [
            None if part is None else change(part)
            for part in (self.labels, self.mixed_logits, self.mixed_with)
        ]
        labels, mixed_logits, mixed_with = optional
        hidden = tuple(map(change, self.hidden))
        return View(change(self.features), change(self.logits), labels, hidden, mixed_logits, mixed_with)

    def full_precision(self) -> View:
        """Return the view in float32 where it is narrower: kernels and covariances cancel badly in 16 bits."""
        narrow = {torch.float16, torch.bfloat16} & {self.features.dtype, self.logits.dtype}
        return self.to(self.features.device, torch.float32) if narrow else self

    @classmethod
    def concatenate(cls, views: Sequence[View]) -> View:
        """Return one view of all samples, labelled, or mixed, only if every part is."""
        return cls(
            torch.cat([view.features for view in views]),
            torch.cat([view.logits for view in views]),
            _joined([view.labels for view in views]),
            tuple(torch.cat(layers) for layers in zip(*(view.hidden for view in views), strict=True)),
            _joined([view.mixed_logits for view in views]),
            _joined([view.mixed_with for view in views]),
        )


def _joined(parts: Sequence[Tensor | None]) -> Tensor | None:
    known = [part for part in parts if part is not None]
    return torch.cat(known) if len(known) == len(parts) else None


def merge(losses: Losses, more: Losses) -> None:
    """Add terms to ``losses``; two under one name are refused."""
    clash = losses.keys() & more.keys()
    check(not clash, f'expected loss terms of different names, got {sorted(clash)} twice; rename one')
    losses |= more
