"""The first place by a score without labels, judged among the options without labels."""

from __future__ import annotations

from advised import figures, outcome

from dann.advising.rules.ranking import RankingRule


def test_the_first_place_is_to_be_taken() -> None:
    answers = RankingRule().answers(figures({'source_only': 0.3, 'mmd': 0.1, 'dann': 0.7}), [])
    assert [(each.option, each.holds) for each in answers] == [
        ('dann', True),
        ('source_only', False),
        ('mmd', False),
    ]
    assert answers[0].figure == 'place 1 of 3 (0.700)'


def test_options_with_labels_are_not_ranked_and_do_not_judge() -> None:
    found = figures(held_out={'mmd+labels': 0.9})
    answers = RankingRule().answers(found, [])
    assert [each.option for each in answers] == ['mmd', 'source_only']
    rule = RankingRule()
    assert rule.right(answers[0], outcome(source_only=0.5, mmd=0.6, mmd__labels=0.9)) is True
    assert rule.right(answers[0], outcome(source_only=0.7, mmd=0.6)) is False
    assert rule.right(answers[1], outcome(source_only=0.7, mmd=0.6)) is None
