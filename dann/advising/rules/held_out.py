"""Which option, where some target labels are there?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from dann.advising.figures import Figures, Measured, Outcome
from dann.advising.rule import Answer, Rule, good_enough
from dann.reporting.notation import points
from dann.stats.intervals import proportion_interval


class HeldOutRule(Rule):
    """Take the option that is best on target labels that were held out of its training.

    Right where no other option is better by more than two points in full training.
    """

    name: ClassVar[str] = 'held-out'
    yes: ClassVar[str] = 'take it'
    question: ClassVar[str] = (
        'Which option, with the labels that are given? Right where no other one is better by more than 2 points in '
        'full training.'
    )
    needs_labels: ClassVar[bool] = True

    def answers(self, figures: Figures, known: Sequence[Measured]) -> list[Answer]:
        """Return one answer for each option that was scored: yes for the best, the first of equals."""
        found = {name: each.held_out for name, each in figures.tried.items() if each.held_out is not None}
        if not found:
            return []
        best = max(found, key=lambda name: found[name])
        count = figures.held * figures.classes * figures.seeds
        return [Answer(name, name == best, _said(value, count)) for name, value in found.items()]

    def right(self, answer: Answer, outcome: Outcome) -> bool | None:
        """Judge the best one alone."""
        return good_enough(answer.option, outcome.accuracies, outcome) if answer.holds else None


def _said(share: float, count: int) -> str:
    """Return a share of labels, and its exact 95 % interval."""
    low, high = proportion_interval(round(share * count), count)
    return f'{points(share)} [{points(low)}, {points(high)}] % of {count} right'
