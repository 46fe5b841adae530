"""Choosing a selection rule on some benchmarks and testing the choice on one that was left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

from dann.benchmarks.comparison.judging import RuleEvaluation, evaluate_rule, judged_rules, pools
from dann.benchmarks.results.records import Record
from dann.core.errors import check

Evaluations = Mapping[str, Mapping[str, RuleEvaluation]]


def cost(each: RuleEvaluation) -> float:
    """Return the mean of a rule's two regrets, of the checkpoint and of the method."""
    return (each.checkpoint.mean + each.method.mean) / 2


def disagreement(each: RuleEvaluation) -> float:
    """Return the negative weighted rank correlation of a rule's score with target accuracy; infinity for ``last``."""
    return math.inf if each.weighted is None else -each.weighted.mean


CRITERIA: dict[str, Callable[[RuleEvaluation], float]] = {'regret': cost, 'weighted Spearman': disagreement}


def leave_one_out(found: Evaluations, criterion: str) -> dict[str, str]:
    """Return, for each benchmark in turn, the rule that is best on all others.

    Args:
        found: How every rule does, by benchmark; at least two.
        criterion: ``regret`` or ``weighted Spearman``.
    """
    check(len(found) > 1, f'expected records of at least 2 benchmarks, got {len(found)}; name more folders')
    return {
        left_out: best_rule({name: each for name, each in found.items() if name != left_out}, criterion)
        for left_out in found
    }


def best_rule(found: Evaluations, criterion: str) -> str:
    """Return the rule that is best in the mean over benchmarks; each counts the same, whatever its number of runs.

    Args:
        found: How every rule does, by benchmark.
        criterion: ``regret`` or ``weighted Spearman``. Ties go to the first name.
    """
    measure = CRITERIA[criterion]
    shared = set.intersection(*(set(rules) for rules in found.values()))
    return min(shared, key=lambda rule: (fmean(measure(rules[rule]) for rules in found.values()), rule))


def by_benchmark(records: Sequence[Record]) -> dict[str, dict[str, RuleEvaluation]]:
    """Return the evaluation of every rule, by benchmark and rule."""
    everything, rules = pools(records), judged_rules(records)
    found: dict[str, dict[str, RuleEvaluation]] = {}
    for benchmark in dict.fromkeys(name for name, _ in everything):
        part = {key: pool for key, pool in everything.items() if key[0] == benchmark}
        evaluations = (evaluate_rule(part, rule) for rule in rules)
        found[benchmark] = {each.rule: each for each in evaluations if each is not None}
    return found
