"""The base class of alignments."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import nn

from dann.core.batch_norm import BatchNormPolicy
from dann.core.errors import check
from dann.core.frozen import freeze_tables, frozen
from dann.core.remembered import Remembered
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Float, Search
from dann.core.views import Losses, View


class Alignment(Remembered, nn.Module, ABC):
    """A penalty on the gap between two domains; a subclass writes ``forward``.

    ``strength(progress)`` is ``weight * schedule(progress)``; the training module evaluates it at every step
    and hands the number to ``forward``, so an alignment never counts steps itself. Whatever the network's
    precision, ``forward`` sees float32 or better and runs without autocast: kernels, covariances and singular
    values cancel badly in 16 bits.

    ``bottleneck_norm`` and ``bottleneck_activation`` are those that the paper's bottleneck has and the method
    cannot do without; a configuration that names others overrules them. ``batch_norm_policy`` is how the authors'
    code passes both domains through batch norm, which is what the network does unless its ``batch_norm`` says
    otherwise. ``search`` maps the name of a hyper-parameter to its range; ``rows`` maps the names of further rows
    of the catalogue to their configuration, in addition to the row with the defaults. ``recommended`` is ``GAME``
    of ``dann.core.recommended`` where a critic trains against the features.

    Args:
        weight: Factor on the whole alignment, at least 0.
        schedule: How the strength grows with progress.

    Example:
        >>> class Means(Alignment):
        ...     family = 'moments'
        ...
        ...     def forward(self, source, target, strength):
        ...         gap = source.features.mean(dim=0) - target.features.mean(dim=0)
        ...         return {'means': strength * gap.square().sum()}
        >>> source, target = (View(torch.full((4, 2), value), torch.zeros(4, 3)) for value in (1.0, 3.0))
        >>> Means(weight=0.5)(source, target, strength=0.5)
        {'means': tensor(4.)}
    """

    family: ClassVar[str] = 'alignment'
    bottleneck_norm: ClassVar[str] = 'none'
    bottleneck_activation: ClassVar[str] = 'relu'
    search: ClassVar[Search] = frozen({'weight': Float(0.01, 10, log=True)})
    rows: ClassVar[Mapping[str, Mapping[str, Any]]] = frozen({})
    recommended: ClassVar[Mapping[str, Any]] = frozen({})
    batch_norm_policy: BatchNormPolicy = 'joint'
    many_sources: ClassVar[bool] = False  # whether it is a method for several sources
    num_sources: int = 1  # domains that the source view is put together from, known before ``build``

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        freeze_tables(cls)

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

    def __call__(self, source: View, target: View, strength: float) -> Losses:
        """Return ``forward``'s terms, computed in float32 or better."""
        with torch.autocast(source.features.device.type, enabled=False):
            terms: Losses = super().__call__(source.full_precision(), target.full_precision(), strength)
        return terms

    @abstractmethod
    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return named scalar terms, already weighted; ``target.labels`` is ``None``."""

    def diagnose(self, source: View, target: View) -> dict[str, float]:
        """Return figures worth logging about two held-out views; never part of the loss."""
        return {}
