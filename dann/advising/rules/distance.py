"""Is there anything to adapt to?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from dann.advising.figures import Figures, Outcome
from dann.advising.options import takes_labels
from dann.advising.rule import MARGIN, Threshold, best_gain, where


class DistanceRule(Threshold):
    """Adapt where the domains are further apart than halves of the source are.

    The figure is the proxy A-distance of the domains minus that of two random halves of the source. Yes is right where
    some way to adapt without labels gains more than two points over the source network in full training.
    """

    name: ClassVar[str] = 'distance'
    yes: ClassVar[str] = 'adapt'
    no: ClassVar[str] = 'nothing to gain by adapting'
    question: ClassVar[str] = (
        'Is there anything to gain by adapting? Right where the best option without labels gains more than 2 points '
        'in full training, or where none does and the rule said so.'
    )

    def values(self, figures: Figures) -> Mapping[str, float]:
        """Return the distance beyond that of halves."""
        return {'': figures.distance.value - figures.distance.halves}

    def truth(self, option: str, outcome: Outcome) -> bool | None:
        """Return whether some way to adapt gains."""
        adapted = [each for each in outcome.accuracies if not takes_labels(each)]
        gain = best_gain(outcome, adapted)
        return None if gain is None else gain > MARGIN

    def said(self, option: str, value: float, cut: float) -> str:
        """Return the distance beside the cut."""
        above = where(cut, '{:.2f}'.format)
        return f'A-distance {value:.2f} above that of halves; something to gain is expected {above}'
