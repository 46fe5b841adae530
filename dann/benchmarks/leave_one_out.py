"""Choosing a selection rule, and what that choice is worth on a benchmark that had no part in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from dann.benchmarks.judging import Judgement, judge, judged_rules, pools
from dann.benchmarks.records import Record
from dann.errors import check


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One benchmark that was left out.

    Args:
        benchmark: Its name.
        chosen: The rule with the lowest cost on all other benchmarks.
        regret: Of that rule on the benchmark left out.
        best: The rule with the lowest cost there, which only its target labels tell.
        regrets: Of every rule on the benchmark left out.
    """

    benchmark: str
    chosen: str
    regret: Judgement
    best: Judgement
    regrets: dict[str, Judgement]


def cost(each: Judgement) -> float:
    """Return what a rule is chosen by: the mean of its two regrets, of the checkpoint and of the method."""
    return (each.checkpoint.mean + each.method.mean) / 2


def leave_one_out(records: Sequence[Record]) -> list[HeldOut]:
    """Choose a rule on all benchmarks but one, for each benchmark in turn.

    Benchmarks count the same, however many runs they have.

    Args:
        records: Of at least two benchmarks.
    """
    found = by_benchmark(records)
    check(len(found) > 1, f'expected records of at least 2 benchmarks, got {len(found)}; name more folders')
    held = []
    for benchmark, regrets in found.items():
        chosen = cheapest({name: each for name, each in found.items() if name != benchmark})
        best = min(regrets.values(), key=lambda each: (cost(each), each.rule))
        held.append(HeldOut(benchmark, chosen, regrets[chosen], best, regrets))
    return held


def cheapest(found: dict[str, dict[str, Judgement]]) -> str:
    """Return the rule whose cost is lowest in the mean over benchmarks."""
    shared = set.intersection(*(set(rules) for rules in found.values()))
    return min(shared, key=lambda rule: (fmean(cost(rules[rule]) for rules in found.values()), rule))


def by_benchmark(records: Sequence[Record]) -> dict[str, dict[str, Judgement]]:
    """Return, by benchmark, how every rule does on its pools."""
    everything, rules = pools(records), judged_rules(records)
    found: dict[str, dict[str, Judgement]] = {}
    for benchmark in dict.fromkeys(name for name, _ in everything):
        part = {key: pool for key, pool in everything.items() if key[0] == benchmark}
        judged = (judge(part, rule) for rule in rules)
        found[benchmark] = {each.rule: each for each in judged if each is not None}
    return found
