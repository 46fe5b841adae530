"""What follows from the figures: the order of reasons, and how often it was right."""

from __future__ import annotations

import json

from advised import figures, measured, outcome

from dann.advising.advice import advice
from dann.advising.rule import Rate

SCORES = {'source_only': 0.2, 'mmd': 0.4, 'dann': 0.6}
NEAR = measured(
    'near', figures(SCORES, {'mmd': 0.9, 'dann': 0.9}, distance=0.1), source_only=0.5, mmd=0.5, dann=0.5
)
FAR = measured(
    'far', figures(SCORES, {'mmd': 0.9, 'dann': 0.2}, distance=1.9), source_only=0.5, mmd=0.7, dann=0.3
)


def test_without_a_gap_the_source_network_stays() -> None:
    assert advice('x', figures(SCORES, distance=0.2), known=[NEAR, FAR]).option == 'source_only'


def test_the_first_of_the_ranking_is_taken_unless_it_is_a_risk() -> None:
    safe, risky = ({'mmd': 0.9, 'dann': share} for share in (0.9, 0.2))
    assert advice('x', figures(SCORES, safe, distance=1.8), known=[NEAR, FAR]).option == 'dann'
    assert advice('x', figures(SCORES, risky, distance=1.8), known=[NEAR, FAR]).option == 'mmd'


def test_held_out_labels_decide_where_there_are_some() -> None:
    found = figures(SCORES, held_out={'source_only': 0.4, 'head_only': 0.8}, distance=0.2)
    told = advice('x', found, known=[NEAR, FAR])
    assert told.option == 'head_only'
    assert told.collect is None


def test_a_pair_does_not_advise_itself() -> None:
    told = advice('far', FAR.figures, known=[NEAR, FAR])
    assert told.rate == Rate(1, 1)
    assert all(each.rate.asked <= 2 for each in told.said)


def test_full_training_judges_the_advice_and_each_rule() -> None:
    told = advice('x', figures(SCORES), known=[], outcome=outcome(source_only=0.5, mmd=0.5, dann=0.6))
    assert (told.option, told.held) == ('dann', True)
    assert (
        advice('x', figures(SCORES), known=[], outcome=outcome(source_only=0.5, mmd=0.7, dann=0.6)).held
        is False
    )
    ranking = next(each for each in told.said if each.rule == 'ranking')
    assert ranking.held == (True, None, None)


def test_everything_is_plain() -> None:
    told = advice(
        'x', figures(SCORES), known=[NEAR, FAR], outcome=outcome(source_only=0.5, mmd=0.5, dann=0.6)
    )
    plain = json.loads(json.dumps(told.as_json()))
    assert plain['option'] == told.option
    assert plain['rules'][0]['right_before'].keys() == {'right', 'asked'}
    assert plain['outcome']['accuracies']['dann'] == {'0': 0.59, '1': 0.61}


def test_a_rule_of_ones_own_is_asked_too() -> None:
    told = advice('x', figures(SCORES), own=['own_rule.Lucky'], known=[NEAR])
    lucky = next(each for each in told.said if each.rule == 'lucky')
    assert lucky.answers[0].figure == 'a coin'
    assert lucky.rate == Rate(1, 1)
