"""What a rule of advice is: a question that figures answer, and how often they have answered it rightly."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from dann.advising.figures import Figures, Measured, Outcome
from dann.reporting.notation import BASELINE, points

MARGIN = 0.02  # accuracies that are closer are taken for equal


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule says of one option.

    Args:
        option: The option, or ``''`` where it is about the pair.
        holds: Yes or no: take it, or beware of it; each rule says which.
        figure: What the answer rests on, a sentence with the number.
    """

    option: str
    holds: bool
    figure: str


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a rule was right.

    Args:
        right: Cases in which full training confirmed it.
        asked: Cases.
    """

    right: int
    asked: int

    def __str__(self) -> str:
        return f'{self.right} of {self.asked}' if self.asked else 'not measured'


class Rule(ABC):
    """A rule answers one question from ``Figures``; a subclass writes ``answers`` and ``right``.

    A file in ``dann/advising/rules/`` adds one, and so does a dotted path on the command line. ``name`` is
    what tables call it, ``question`` what it answers, with what counts as right, and ``yes`` and ``no`` are its
    answers in a word or two. ``needs_labels`` leaves it out where no target label is given.

    Whatever it takes from measured pairs, such as a threshold, it must take from ``known`` alone: how often it is right
    is counted on each pair with those as ``known`` that share no domain with it.
    """

    name: ClassVar[str]
    question: ClassVar[str]
    yes: ClassVar[str] = 'yes'
    no: ClassVar[str] = ''
    needs_labels: ClassVar[bool] = False

    @abstractmethod
    def answers(self, figures: Figures, known: Sequence[Measured]) -> list[Answer]:
        """Return what the figures of a pair say; nothing where they say nothing."""

    @abstractmethod
    def right(self, answer: Answer, outcome: Outcome) -> bool | None:
        """Return whether full training confirms an answer; ``None`` where it has not tried it."""

    def rate(self, known: Sequence[Measured]) -> Rate:
        """Return how often the rule is right on measured pairs, each judged by what pairs of other domains teach."""
        found: list[bool] = []
        for pair in known:
            others = apart(pair.figures, known)
            given = pair.figures if self.needs_labels else pair.figures.without_labels()
            verdicts = (self.right(each, pair.outcome) for each in self.answers(given, others))
            found += [each for each in verdicts if each is not None]
        return Rate(sum(found), len(found))


class Threshold(Rule):
    """A rule that says yes above a cut, which is where it errs least on the measured pairs.

    A subclass writes ``values``, ``truth`` and ``said``.
    """

    @abstractmethod
    def values(self, figures: Figures) -> Mapping[str, float]:
        """Return the figure of each case: of an option by its name, or of the pair under ``''``."""

    @abstractmethod
    def truth(self, option: str, outcome: Outcome) -> bool | None:
        """Return what full training says of a case; ``None`` where it has not tried it."""

    @abstractmethod
    def said(self, option: str, value: float, cut: float) -> str:
        """Return the sentence that an answer rests on."""

    def answers(self, figures: Figures, known: Sequence[Measured]) -> list[Answer]:
        """Return yes for every case beyond the cut."""
        at = self.cut(known)
        if at is None:
            return []
        return [
            Answer(option, value > at, self.said(option, value, at))
            for option, value in self.values(figures).items()
        ]

    def right(self, answer: Answer, outcome: Outcome) -> bool | None:
        """Return whether full training says the same."""
        truth = self.truth(answer.option, outcome)
        return None if truth is None else truth == answer.holds

    def cut(self, known: Sequence[Measured]) -> float | None:
        """Return where the rule errs least on measured pairs, the middle of such places; ``None`` without pairs."""
        cases = [
            (value, truth)
            for pair in known
            for option, value in self.values(pair.figures.without_labels()).items()
            if (truth := self.truth(option, pair.outcome)) is not None
        ]
        if not cases:
            return None
        places = sorted({value for value, _ in cases})
        cuts = [
            -math.inf,
            *((low + high) / 2 for low, high in pairwise(places)),
            math.inf,
        ]
        errors = [sum((value > at) != truth for value, truth in cases) for at in cuts]
        best = [at for at, wrong in zip(cuts, errors, strict=True) if wrong == min(errors)]
        return best[len(best) // 2]


def apart(figures: Figures, known: Iterable[Measured]) -> list[Measured]:
    """Return the measured pairs that share no domain with a pair, and so can judge it."""
    return [each for each in known if figures.apart(each.figures)]


def where(cut: float, shown: Callable[[float], str]) -> str:
    """Return where a threshold says yes: above a figure, or always or never where no figure errs less."""
    if math.isinf(cut):
        return f'{"never" if cut > 0 else "always"}, which errs least on the measured pairs'
    return f'above {shown(cut)}'


def percents(value: float) -> str:
    """Return a fraction in percent."""
    return f'{points(value)} %'


def good_enough(option: str, others: Iterable[str], outcome: Outcome) -> bool | None:
    """Return whether no other option is better by more than two points in full training; ``None`` if not tried."""
    if option not in outcome.accuracies:
        return None
    tried = [each for each in others if each in outcome.accuracies]
    return all(outcome.mean(each) - outcome.mean(option) <= MARGIN for each in tried)


def best_gain(outcome: Outcome, options: Iterable[str]) -> float | None:
    """Return the largest gain over the source network of some options; ``None`` where none was tried."""
    gains = [outcome.gain(each) for each in options if each in outcome.accuracies and each != BASELINE]
    return max(gains, default=None)
