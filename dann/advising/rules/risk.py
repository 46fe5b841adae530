"""Which option may do harm?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from dann.advising.figures import Figures, Outcome
from dann.advising.rule import MARGIN, Threshold, percents, where
from dann.reporting.notation import BASELINE, points


class RiskRule(Threshold):
    """Beware of an option whose predictions few of the others share.

    The figure is the share of the target's validation images of which it does not predict what most options without
    labels do. Yes, a risk, is right where full training leaves it more than two points below the source network.
    """

    name: ClassVar[str] = 'risk'
    yes: ClassVar[str] = 'beware'
    question: ClassVar[str] = (
        'Which options do harm? Right where an option that the rule warns of ends more than 2 points below the source '
        'network in full training, and where one that it does not warn of does not.'
    )

    def values(self, figures: Figures) -> Mapping[str, float]:
        """Return each option's disagreement with the majority."""
        return {
            name: 1 - each.agreement
            for name, each in figures.unlabelled.items()
            if each.agreement is not None and name != BASELINE
        }

    def truth(self, option: str, outcome: Outcome) -> bool | None:
        """Return whether the option ends below the source network."""
        return outcome.gain(option) < -MARGIN if option in outcome.accuracies else None

    def said(self, option: str, value: float, cut: float) -> str:
        """Return the disagreement beside the cut."""
        return f'disagrees on {points(value)} % (harm expected {where(cut, percents)})'
