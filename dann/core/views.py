"""One domain as the network sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

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
        extra: What further passes through the network found, by name, each of shape ``(B, ...)``: those that some
            validator declares in ``needs``; see ``dann.engine.passes``.
        domains: Which of several sources each sample is from, shape ``(B,)``; ``None`` where there is one domain.
    """

    features: Tensor
    logits: Tensor
    labels: Tensor | None = None
    hidden: tuple[Tensor, ...] = ()
    extra: Mapping[str, Tensor] = field(default_factory=dict)
    domains: Tensor | None = None

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
        return View(
            change(self.features),
            change(self.logits),
            None if self.labels is None else change(self.labels),
            tuple(map(change, self.hidden)),
            {name: change(part) for name, part in self.extra.items()},
            None if self.domains is None else change(self.domains),
        )

    def full_precision(self) -> View:
        """Return the view in float32 where it is narrower: kernels and covariances cancel badly in 16 bits."""
        narrow = {torch.float16, torch.bfloat16} & {self.features.dtype, self.logits.dtype}
        return self.to(self.features.device, torch.float32) if narrow else self

    @classmethod
    def concatenate(cls, views: Sequence[View]) -> View:
        """Return one view of all samples; labels, domains and each part of ``extra`` only if every view has them."""
        shared = set.intersection(*(set(view.extra) for view in views))
        return cls(
            torch.cat([view.features for view in views]),
            torch.cat([view.logits for view in views]),
            _all_of([view.labels for view in views]),
            tuple(torch.cat(layers) for layers in zip(*(view.hidden for view in views), strict=True)),
            {name: torch.cat([view.extra[name] for view in views]) for name in sorted(shared)},
            _all_of([view.domains for view in views]),
        )

    def by_domain(self, count: int) -> list[View]:
        """Return the views of ``count`` source domains, each of the samples that are from it.

        Raises:
            ValueError: It does not say where its samples are from.
        """
        if count == 1:
            return [self]
        check(
            self.domains is not None,
            'expected a view that knows its `domains`; train on several sources: `dann benchmark ROOT --source A B`',
        )
        assert self.domains is not None
        return [self[self.domains == number] for number in range(count)]


def _all_of(parts: Sequence[Tensor | None]) -> Tensor | None:
    present = [part for part in parts if part is not None]
    return torch.cat(present) if len(present) == len(parts) else None


def merge(losses: Losses, more: Losses) -> None:
    """Add terms to ``losses``; two under one name are refused."""
    clash = losses.keys() & more.keys()
    check(not clash, f'expected loss terms of different names, got {sorted(clash)} twice; rename one')
    losses |= more
