"""An option that few others agree with may do harm."""

from __future__ import annotations

from advised import figures, measured, outcome

from dann.advising.rules.risk import RiskRule

SCORES = {'source_only': 0.3, 'mmd': 0.3, 'dann': 0.3}


def test_the_baseline_itself_is_no_risk() -> None:
    found = RiskRule().values(figures(SCORES, {'source_only': 0.1, 'mmd': 0.9, 'dann': 0.4}))
    assert {name: round(value, 6) for name, value in found.items()} == {'mmd': 0.1, 'dann': 0.6}


def test_harm_is_more_than_two_points_below_the_source_network() -> None:
    rule = RiskRule()
    assert rule.truth('mmd', outcome(source_only=0.5, mmd=0.47)) is True
    assert rule.truth('mmd', outcome(source_only=0.5, mmd=0.49)) is False
    assert rule.truth('dann', outcome(source_only=0.5, mmd=0.49)) is None


def test_the_one_that_disagrees_is_warned_of() -> None:
    known = [
        measured(str(number), figures(SCORES, {'mmd': 0.9, 'dann': 0.3}), source_only=0.5, mmd=0.6, dann=0.2)
        for number in range(2)
    ]
    answers = RiskRule().answers(figures(SCORES, {'mmd': 0.85, 'dann': 0.35}), known)
    assert {each.option: each.holds for each in answers} == {'mmd': False, 'dann': True}
    assert answers[1].figure == 'disagrees on 65.0 % (harm expected above 40.0 %)'
