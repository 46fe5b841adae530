"""What the figures of a pair say, and how often they were right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dann.advising.figures import Figures, Measured, Outcome
from dann.advising.measured import measured
from dann.advising.options import takes_labels
from dann.advising.rule import Answer, Rate, Rule, apart, good_enough
from dann.advising.rules.distance import DistanceRule
from dann.advising.rules.held_out import HeldOutRule
from dann.advising.rules.labels import LabelsRule
from dann.advising.rules.ranking import RankingRule
from dann.advising.rules.risk import RiskRule
from dann.advising.rules_found import rules as found_rules
from dann.reporting.notation import BASELINE

RANKING, RISK, DISTANCE = RankingRule.name, RiskRule.name, DistanceRule.name
HELD_OUT, LABELS = HeldOutRule.name, LabelsRule.name


@dataclass(frozen=True, slots=True)
class Said:
    """What one rule says of a pair.

    Args:
        rule: Its name.
        question: What it answers.
        words: Of yes and of no.
        answers: Of each option, or of the pair.
        rate: How often it was right on the measured pairs.
        held: Whether full training confirmed each answer, in their order; empty where it was not run.
    """

    rule: str
    question: str
    words: tuple[str, str]
    answers: tuple[Answer, ...]
    rate: Rate
    held: tuple[bool | None, ...] = ()

    def of(self, option: str) -> Answer | None:
        """Return the answer on an option; on the pair for ``''``."""
        return next((each for each in self.answers if each.option == option), None)


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do with a pair of domains.

    Args:
        name: Of the pair.
        figures: All that it rests on.
        said: What each rule says.
        option: The option that follows.
        collect: Whether labels are worth collecting first; ``None`` where nothing says so, or some are given.
        rate: How often the whole advice was right on the measured pairs.
        outcome: What full training found; ``None`` where it was not run.
    """

    name: str
    figures: Figures
    said: tuple[Said, ...]
    option: str
    collect: bool | None
    rate: Rate
    outcome: Outcome | None = None
    held: bool | None = field(default=None)

    def as_json(self) -> dict[str, Any]:
        """Return all of it in plain values."""
        return {
            'name': self.name,
            'option': self.option,
            'collect_labels': self.collect,
            'right_before': _rate(self.rate),
            'held': self.held,
            'figures': self.figures.as_json(),
            'rules': [_plain(each) for each in self.said],
            'outcome': None if self.outcome is None else self.outcome.as_json(),
        }


def _rate(rate: Rate) -> dict[str, int]:
    return {'right': rate.right, 'asked': rate.asked}


def _plain(said: Said) -> dict[str, Any]:
    answers = [
        {'option': each.option, 'holds': each.holds, 'figure': each.figure}
        | ({'confirmed': held} if said.held else {})
        for each, held in zip(said.answers, said.held or (None,) * len(said.answers), strict=True)
    ]
    return {
        'rule': said.rule,
        'question': said.question,
        'right_before': _rate(said.rate),
        'answers': answers,
    }


def advice(
    name: str,
    figures: Figures,
    *,
    own: Sequence[str] = (),
    known: Sequence[Measured] | None = None,
    outcome: Outcome | None = None,
) -> Advice:
    """Return what follows from the figures of a pair.

    Args:
        name: Of the pair.
        figures: Measured on it.
        own: Dotted paths of further rules.
        known: Measured pairs; those of the package by default. What shares a domain with the pair is left out.
        outcome: What full training found, to say whether the advice held.
    """
    pairs = apart(figures, measured() if known is None else known)
    every = [rule for rule in found_rules(own) if figures.labels or not rule.needs_labels]
    said = tuple(_said(rule, figures, pairs, outcome) for rule in every)
    option = decided(said)
    return Advice(
        name,
        figures,
        said,
        option,
        _collect(figures, said),
        _whole_rate(every, figures, pairs),
        outcome,
        None if outcome is None else held(option, figures, outcome),
    )


def _said(rule: Rule, figures: Figures, known: Sequence[Measured], outcome: Outcome | None) -> Said:
    answers = tuple(rule.answers(figures, known))
    judged = () if outcome is None else tuple(rule.right(each, outcome) for each in answers)
    return Said(rule.name, rule.question, (rule.yes, rule.no), answers, rule.rate(known), judged)


def decided(said: Iterable[Said]) -> str:
    """Return the option that follows: the best on held-out labels or, without any, the first of the ranking.

    Where nothing is to be gained the source network stays as it is, and options that are a risk are passed over.
    """
    by_rule = {each.rule: each for each in said}
    if (best := by_rule.get(HELD_OUT)) and (found := next((a for a in best.answers if a.holds), None)):
        return found.option
    gain = by_rule[DISTANCE].of('')
    if gain is not None and not gain.holds:
        return BASELINE
    risks = {each.option for each in by_rule[RISK].answers if each.holds}
    ranked = [each.option for each in by_rule[RANKING].answers]
    return next((each for each in ranked if each not in risks), BASELINE)


def held(option: str, figures: Figures, outcome: Outcome) -> bool | None:
    """Return whether no option that was open is better by more than two points in full training."""
    others = [each for each in outcome.accuracies if figures.labels or not takes_labels(each)]
    return good_enough(option, others, outcome)


def _collect(figures: Figures, said: Iterable[Said]) -> bool | None:
    answer = next((each.of('') for each in said if each.rule == LABELS), None)
    return None if figures.labels or answer is None else answer.holds


def _whole_rate(every: Sequence[Rule], figures: Figures, pairs: Sequence[Measured]) -> Rate:
    """Return how often the whole advice was right, each pair judged by what pairs of other domains teach."""
    found = []
    for pair in pairs:
        others = apart(pair.figures, pairs)
        given = pair.figures if figures.labels else pair.figures.without_labels()
        said = [_said(rule, given, others, None) for rule in every]
        found.append(held(decided(said), given, pair.outcome))
    judged = [each for each in found if each is not None]
    return Rate(sum(judged), len(judged))
