"""Are labels worth collecting first?"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import ClassVar

from dann.advising.figures import Figures, Outcome
from dann.advising.measured import LABELS
from dann.advising.options import takes_labels
from dann.advising.rule import MARGIN, Threshold, percents, where
from dann.reporting.notation import points


class LabelsRule(Threshold):
    """Collect labels first where the options without labels disagree on the target.

    The figure is their mean disagreement with what most of them predict. Yes is right where the best option with 50
    labels of each class beats the best one without by more than two points in full training.
    """

    name: ClassVar[str] = 'labels'
    yes: ClassVar[str] = f'collect {LABELS} labels of each class first'
    no: ClassVar[str] = 'labels add little'
    question: ClassVar[str] = (
        f'Are {LABELS} labels of each class worth collecting first? Right where the best option with them beats the '
        'best one without by more than 2 points in full training, or where it does not and the rule said so.'
    )

    def values(self, figures: Figures) -> Mapping[str, float]:
        """Return the mean disagreement."""
        known = [each.agreement for each in figures.unlabelled.values() if each.agreement is not None]
        return {'': 1 - fmean(known)} if known else {}

    def truth(self, option: str, outcome: Outcome) -> bool | None:
        """Return whether labels were worth it."""
        means = {each: outcome.mean(each) for each in outcome.accuracies}
        with_labels = [mean for each, mean in means.items() if takes_labels(each)]
        without = [mean for each, mean in means.items() if not takes_labels(each)]
        return max(with_labels) - max(without) > MARGIN if with_labels and without else None

    def said(self, option: str, value: float, cut: float) -> str:
        """Return the disagreement beside the cut."""
        return (
            f'options disagree with their majority on {points(value)} % of target images in the mean; labels are '
            f'expected to be worth it {where(cut, percents)}'
        )
