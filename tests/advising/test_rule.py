"""A threshold is put where it errs least, and a rule is judged on each pair by what the others teach."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from advised import figures, measured, outcome

from dann.advising.figures import Figures, Measured, Outcome
from dann.advising.rule import Rate, Threshold, apart, best_gain, good_enough, percents, where


class Far(Threshold):
    name = 'far'
    question = 'Is it far?'

    def values(self, figures: Figures) -> Mapping[str, float]:
        return {'': figures.distance.value}

    def truth(self, option: str, outcome: Outcome) -> bool | None:
        return outcome.gain('mmd') > 0 if 'mmd' in outcome.accuracies else None

    def said(self, option: str, value: float, cut: float) -> str:
        return f'{value:g} beside {cut:g}'


def pair(distance: float, gain: float) -> Measured:
    return measured(str(distance), figures(distance=distance), source_only=0.5, mmd=0.5 + gain)


def pairs(*facts: tuple[float, float]) -> Sequence[Measured]:
    return [pair(*each) for each in facts]


def test_the_cut_errs_least() -> None:
    known = pairs((0.2, -0.1), (0.4, -0.1), (0.6, 0.1), (0.8, 0.1), (1.0, -0.1))
    at = Far().cut(known)
    assert at == 0.5
    truths = {known_pair.figures.distance.value: known_pair.outcome.gain('mmd') > 0 for known_pair in known}
    errors = {
        cut: sum((value > cut) != truth for value, truth in truths.items())
        for cut in (0, 0.3, at, 0.7, 0.9, 2)
    }
    assert min(errors, key=lambda cut: errors[cut]) == at


def test_without_a_pair_there_is_no_cut_and_no_answer() -> None:
    assert Far().cut([]) is None
    assert Far().answers(figures(), []) == []
    untried = [measured('pair', source_only=0.5)]
    assert Far().cut(untried) is None


def test_where_all_pairs_agree_the_answer_is_theirs_whatever_the_figure() -> None:
    gains = pairs((0.4, 0.1), (0.6, 0.1))
    assert [each.holds for each in Far().answers(figures(distance=0.1), gains)] == [True]
    harms = pairs((0.4, -0.1), (0.6, -0.1))
    assert [each.holds for each in Far().answers(figures(distance=1.9), harms)] == [False]


def test_each_pair_is_judged_by_the_others() -> None:
    # whichever is left out, the other three put the cut between 0.3 and 0.7
    assert Far().rate(pairs((0.1, -0.1), (0.3, -0.1), (0.7, 0.1), (0.9, 0.1))) == Rate(4, 4)
    # with itself in the list a lone exception would be right; by the others it is wrong
    assert Far().rate(pairs((0.1, -0.1), (0.2, -0.1), (0.3, -0.1), (2.0, 0.1))) == Rate(3, 4)
    assert str(Rate(3, 4)) == '3 of 4'
    assert str(Rate(0, 0)) == 'not measured'


def test_two_points_more_are_no_better() -> None:
    found = outcome(source_only=0.50, mmd=0.515, dann=0.53)
    assert good_enough('mmd', found.accuracies, found)
    assert not good_enough('source_only', found.accuracies, found)
    assert good_enough('source_only', ['mmd'], found)
    assert good_enough('coral', found.accuracies, found) is None
    assert round(best_gain(found, found.accuracies) or 0, 3) == 0.03
    assert best_gain(found, ['source_only']) is None


def test_a_cut_is_told_in_words() -> None:
    assert where(0.5, percents) == 'above 50.0 %'
    assert where(math.inf, percents) == 'never, which errs least on the measured pairs'
    assert where(-math.inf, percents) == 'always, which errs least on the measured pairs'


def test_a_pair_with_a_common_domain_is_no_judge() -> None:
    night, dusk, digits = (pair(distance, 0.1) for distance in (1.0, 0.5, 0.2))
    day = night.figures.domains[0]
    sister = replace(dusk, figures=replace(dusk.figures, domains=(day, 'dusk')))
    assert apart(night.figures, [night, sister, digits]) == [digits]
    assert apart(figures(), [night, sister]) == [night, sister]
