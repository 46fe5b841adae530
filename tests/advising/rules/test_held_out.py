"""The best option on labels that were held out, judged among all options."""

from __future__ import annotations

from advised import figures, outcome

from dann.advising.rules.held_out import HeldOutRule


def test_the_best_is_to_be_taken() -> None:
    answers = HeldOutRule().answers(figures(held_out={'source_only': 0.5, 'head_only': 0.75}), [])
    assert {each.option: each.holds for each in answers} == {'source_only': False, 'head_only': True}
    assert answers[1].figure == '75.0 [64.1, 84.0] % of 80 right'  # 10 held out of each of 4 classes, 2 seeds
    assert HeldOutRule.needs_labels


def test_without_labels_nothing_is_said() -> None:
    assert HeldOutRule().answers(figures(), []) == []


def test_all_options_judge_it() -> None:
    (_, best) = HeldOutRule().answers(figures(held_out={'source_only': 0.5, 'head_only': 0.75}), [])
    assert HeldOutRule().right(best, outcome(source_only=0.5, head_only=0.7, mmd__labels=0.71)) is True
    assert HeldOutRule().right(best, outcome(source_only=0.5, head_only=0.7, mmd__labels=0.8)) is False
