"""A rule of advice as a user writes one."""

from __future__ import annotations

from collections.abc import Sequence

from dann.advising import Answer, Figures, Measured, Outcome, Rule


class Lucky(Rule):
    """Says yes to everything."""

    name = 'lucky'
    question = 'Is it luck?'

    def answers(self, figures: Figures, known: Sequence[Measured]) -> list[Answer]:
        return [Answer('', True, 'a coin')]

    def right(self, answer: Answer, outcome: Outcome) -> bool | None:
        return answer.holds


class Second(Lucky):
    """Has the name of a rule that there is."""

    name = 'risk'
