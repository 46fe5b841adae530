"""What a network says of samples that belong to groups, and the figures that follow."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from dann.core.errors import UserError
from dann.stats.calibration import calibration_error
from dann.stats.group_rates import (
    Counts,
    Rates,
    group_accuracies,
    group_counts,
    odds_difference,
    parity_difference,
    worst_group,
)

ACCURACY, CALIBRATION = 'accuracy', 'calibration_error'
WORST, PARITY, ODDS = 'worst_accuracy', 'parity_difference', 'odds_difference'
Metric: TypeAlias = Callable[[Counts], Rates]
"""A figure across groups: from counts ``(..., G, C, C)``, true classes in rows, to shape ``(...)``."""
ACROSS: Mapping[str, Metric] = {WORST: worst_group, PARITY: parity_difference, ODDS: odds_difference}


@dataclass(frozen=True)
class Grouped:
    """Predictions on a split whose samples belong to groups.

    Args:
        names: Of the groups.
        classes: Number of classes.
        true: Classes, shape ``(N,)``.
        predicted: What the network says, shape ``(N,)``.
        confidence: Probability of that class, shape ``(N,)``.
        group: Places in ``names``, shape ``(N,)``.
        further: Figures across groups beside those of ``ACROSS``, by name.
    """

    names: tuple[str, ...]
    classes: int
    true: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float64]
    group: NDArray[np.int64]
    further: Mapping[str, Metric] = field(default_factory=dict, kw_only=True)

    @property
    def across(self) -> dict[str, Metric]:
        """Every figure across groups."""
        return {**ACROSS, **self.further}

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """A confusion matrix of each group, shape ``(G, C, C)``."""
        return group_counts(self.true, self.predicted, self.group, self.classes, len(self.names))

    @property
    def sizes(self) -> dict[str, int]:
        """Samples of each group."""
        return dict(zip(self.names, self.counts.sum(axis=(1, 2)).tolist(), strict=True))

    def members(self, place: int) -> NDArray[np.bool_]:
        """Return which samples belong to the group at ``place``, shape ``(N,)``."""
        found: NDArray[np.bool_] = self.group == place
        return found

    @cached_property
    def figures(self) -> dict[str, float]:
        """All figures: of each group ``NAME/accuracy`` and ``NAME/calibration_error``, then those across groups.

        A group without samples has none.
        """
        right = self.true == self.predicted
        found: dict[str, float] = {}
        for place, accuracy in enumerate(group_accuracies(self.counts).tolist()):
            if not math.isnan(accuracy):
                own, name = self.members(place), self.names[place]
                found[f'{name}/{ACCURACY}'] = accuracy
                found[f'{name}/{CALIBRATION}'] = calibration_error(self.confidence[own], right[own])
        return found | {name: self._across(name, figure) for name, figure in self.across.items()}

    def _across(self, name: str, figure: Metric) -> float:
        value = float(figure(self.counts))
        if not math.isfinite(value):
            raise UserError(
                f'the metric {name} is {value} here, where a group may have no samples; let it leave such groups out'
            )
        return value
