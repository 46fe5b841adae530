"""Which option without labels?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from dann.advising.figures import Figures, Measured, Outcome
from dann.advising.options import takes_labels
from dann.advising.rule import Answer, Rule, good_enough


class RankingRule(Rule):
    """Take the option that the label-free score of the trial ranks first, the source network as it is among them.

    Right where no other option without labels is better by more than two points in full training.
    """

    name: ClassVar[str] = 'ranking'
    yes: ClassVar[str] = 'take it'
    question: ClassVar[str] = (
        'Which option without labels? Right where no other one without labels is better by more than 2 points in full '
        'training.'
    )

    def answers(self, figures: Figures, known: Sequence[Measured]) -> list[Answer]:
        """Return one answer for each option that was scored: yes for the first."""
        scores = {name: each.score for name, each in figures.unlabelled.items() if each.score is not None}
        ranked = sorted(scores, key=lambda name: -scores[name])
        return [
            Answer(name, place == 1, f'place {place} of {len(ranked)} ({scores[name]:.3f})')
            for place, name in enumerate(ranked, start=1)
        ]

    def right(self, answer: Answer, outcome: Outcome) -> bool | None:
        """Judge the first place alone."""
        if not answer.holds:
            return None
        others = [each for each in outcome.accuracies if not takes_labels(each)]
        return good_enough(answer.option, others, outcome)
