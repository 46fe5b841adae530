"""The rule that is chosen without a benchmark."""

from __future__ import annotations

import math

import pytest
from benchmarks_fake import record

from dann.benchmarks.comparison.judging import RuleEvaluation, evaluate_rule, pools
from dann.benchmarks.comparison.leave_one_out import (
    best_rule,
    by_benchmark,
    cost,
    disagreement,
    leave_one_out,
)
from dann.benchmarks.results.records import Record
from dann.core.errors import CheckError
from dann.stats.intervals import estimate


def candidates(benchmark: str, **scores: tuple[float, float]) -> list[Record]:
    """Two evaluations, at 0.5 and 0.8 of target accuracy, with each rule's scores of the two."""
    return [
        record(
            'dann',
            0,
            step,
            benchmark=benchmark,
            run=f'dann-seed0-{benchmark}',
            scores={
                'oracle/target_val_accuracy': accuracy,
                'oracle/target_test_accuracy': accuracy,
                **{f'val/{name}': pair[place] for name, pair in scores.items()},
            },
        )
        for place, (step, accuracy) in enumerate([(10, 0.5), (20, 0.8)])
    ]


RISING, FALLING = (1.0, 2.0), (2.0, 1.0)
THREE = [
    *candidates('one', good=RISING, odd=FALLING, source_accuracy=FALLING),
    *candidates('two', good=RISING, odd=FALLING, source_accuracy=RISING),
    *candidates('three', good=FALLING, odd=RISING, source_accuracy=RISING),
]


def test_cost_is_the_mean_of_both_regrets() -> None:
    verdict = evaluate_rule(pools(candidates('one', odd=FALLING)), 'val/odd')
    assert verdict is not None
    assert cost(verdict) == pytest.approx(0.3)


def test_each_benchmark_is_left_out_in_turn() -> None:
    found = by_benchmark(THREE)
    # without three, val/good and last are right twice, and the name decides
    assert leave_one_out(found, 'regret') == {'one': 'last', 'three': 'last', 'two': 'last'}
    assert leave_one_out(found, 'weighted Spearman')['three'] == 'val/good'


def test_the_rule_chosen_on_the_others_may_fail_on_the_one_left_out() -> None:
    found = by_benchmark(THREE)
    chosen = leave_one_out(found, 'weighted Spearman')['three']
    assert cost(found['three'][chosen]) == pytest.approx(0.3)
    assert best_rule(found, 'regret') == 'last'


def test_a_rule_without_a_score_agrees_least() -> None:
    found = by_benchmark(THREE)
    assert math.isinf(disagreement(found['one']['last']))
    assert disagreement(found['one']['val/good']) == pytest.approx(-1)


def test_one_benchmark_cannot_be_left_out() -> None:
    with pytest.raises(CheckError, match='at least 2 benchmarks, got 1; name more folders'):
        leave_one_out(by_benchmark(candidates('one', good=RISING)), 'regret')


def evaluation(rule: str, regret: float) -> RuleEvaluation:
    """Both regrets as given, and a rank correlation that falls with them."""
    return RuleEvaluation(rule, estimate([regret]), estimate([regret]), regret, None, estimate([1 - regret]))


@pytest.mark.parametrize('criterion', ['regret', 'weighted Spearman'])
def test_a_benchmark_has_no_part_in_the_choice_of_its_rule(criterion: str) -> None:
    # b is best over all three, by what it saves on the first; on the other two alone a is
    regrets = {'one': (0.5, 0.0), 'two': (0.0, 0.2), 'three': (0.0, 0.2)}
    found = {
        name: {rule: evaluation(rule, value) for rule, value in zip('ab', values, strict=True)}
        for name, values in regrets.items()
    }
    assert best_rule(found, criterion) == 'b'
    assert leave_one_out(found, criterion) == {'one': 'a', 'two': 'b', 'three': 'b'}


def test_only_a_rule_that_every_benchmark_has_is_chosen() -> None:
    one = {'a': evaluation('a', 0.3), 'b': evaluation('b', 0.0)}
    assert best_rule({'one': one, 'two': {'a': evaluation('a', 0.3)}}, 'regret') == 'a'


def test_equal_rules_are_chosen_by_name() -> None:
    assert best_rule({'one': {rule: evaluation(rule, 0.1) for rule in ('d', 'c', 'e')}}, 'regret') == 'c'


def test_cost_weighs_unequal_regrets_alike() -> None:
    unequal = RuleEvaluation('val/odd', estimate([0.1]), estimate([0.3]), 0.3, None, None)
    assert cost(unequal) == pytest.approx(0.2)
