"""How well a rule that reads no target label agrees with the target's accuracy."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from dann.benchmarks.results.guard import SUFFIX, survivors
from dann.benchmarks.results.records import Record
from dann.benchmarks.results.selection import LAST, ORACLE, REPORTED, rules, runs, select
from dann.core.errors import RunError, check
from dann.reporting.notation import percent, spread
from dann.stats.correlation import spearman, weighted_spearman
from dann.stats.intervals import Estimate, estimate

Pools = Mapping[tuple[str, int], list[Record]]


@dataclass(frozen=True, slots=True)
class RuleEvaluation:
    """One rule on a set of pools; a pool is every evaluation of every row of one benchmark and seed.

    Args:
        rule: The rule.
        checkpoint: Regret of choosing one evaluation of each run, mean over the runs of a pool, a fraction.
        method: Regret of choosing one evaluation of a whole pool, method and checkpoint alike.
        worst: The highest regret of a pool when choosing method and checkpoint.
        spearman: Rank correlation of score and target test accuracy within a pool; ``None`` for no score.
        weighted: The same, the best candidates weighing most.
        methods: What the rule chooses from each pool, where it says anything about methods.
        accuracy: Target test accuracy of these choices, a fraction.
    """

    rule: str
    checkpoint: Estimate
    method: Estimate
    worst: float
    spearman: Estimate | None
    weighted: Estimate | None
    methods: tuple[str, ...] = ()
    accuracy: Estimate | None = None


def pools(records: Iterable[Record]) -> dict[tuple[str, int], list[Record]]:
    """Group the records of rows that read no target label by benchmark and seed."""
    found: dict[tuple[str, int], list[Record]] = defaultdict(list)
    for record in records:
        if not record['uses_target_labels'] and REPORTED in record['scores']:
            found[record['benchmark'], record['seed']].append(record)
    return dict(sorted(found.items()))


def judged_rules(records: Sequence[Record]) -> list[str]:
    """Return the rules that read no target label and that can choose from every pool of ``records``."""
    known = [set(rules(pool)) for pool in pools(records).values()]
    common = set.intersection(*known) if known else set()
    return [rule for rule in rules(records) if rule in common and not rule.startswith(ORACLE)]


def in_words(each: RuleEvaluation) -> str:
    """Return a rule's evaluation as a sentence, figures in points of target test accuracy."""
    text = (
        f'Against the oracle {each.rule} loses {percent(each.checkpoint)} points in the choice of a checkpoint and '
        f'{percent(each.method)} in that of method and checkpoint'
    )
    if each.spearman and each.weighted:
        text += (
            f'; its rank correlation with target test accuracy is {correlation(each.spearman)} '
            f'(Spearman; weighted {correlation(each.weighted)})'
        )
    return f'{text}.{_choice(each)}'


def _choice(each: RuleEvaluation) -> str:
    if not each.methods:
        return ''
    counts = Counter(each.methods).most_common()
    listed = ', '.join(f'{method} ({count} of {len(each.methods)})' for method, count in counts)
    return f' Method and checkpoint that it chooses by itself, seed by seed: {listed}; {percent(each.accuracy)} %.'


def correlation(value: Estimate) -> str:
    """Return a correlation with two decimals, and its spread over seeds."""
    return f'{value.mean:.2f}' + spread(value, '{:.2f}'.format)


def evaluate_rule(found: Pools, rule: str) -> RuleEvaluation | None:
    """Return how ``rule`` does in the mean over pools; ``None`` where it is undefined on one of them.

    Args:
        found: Records by benchmark and seed, at least one pool.
        rule: A selection rule.
    """
    check(bool(found), 'expected at least one pool, got none')
    try:
        checkpoint = [_within(pool, rule) for pool in found.values()]
        method = [regret(pool, rule) for pool in found.values()]
    except RunError:
        return None
    spearman, weighted = _correlations(found, rule)
    evaluation = RuleEvaluation(rule, estimate(checkpoint), estimate(method), max(method), spearman, weighted)
    if rule == LAST:
        return evaluation
    chosen = [select(pool, rule) for pool in found.values()]
    accuracy = estimate([record['scores'][REPORTED] for record in chosen])
    return replace(evaluation, methods=tuple(record['method'] for record in chosen), accuracy=accuracy)


def regret(pool: Sequence[Record], rule: str) -> float:
    """Return how much the oracle's choice from ``pool`` exceeds the rule's in target test accuracy, a fraction.

    The oracle chooses by the labelled target validation split, so a lucky rule may come out below 0. ``last`` says
    nothing about methods: it stands for the mean over them, which is what choosing blindly gets.
    """
    best = select(pool, ORACLE)['scores'][REPORTED]
    if rule == LAST:
        return best - fmean(select(history, LAST)['scores'][REPORTED] for history in runs(pool).values())
    return best - select(pool, rule)['scores'][REPORTED]


def _within(pool: Sequence[Record], rule: str) -> float:
    regrets = []
    for history in runs(pool).values():
        try:
            regrets.append(regret(history, rule))
        except RunError:  # never a number in this run: the last step is what is left
            regrets.append(regret(history, LAST))
    return fmean(regrets)


def _correlations(found: Pools, rule: str) -> tuple[Estimate | None, Estimate | None]:
    if rule == LAST:
        return None, None
    scored = [_with_score(pool, rule) for pool in found.values()]
    pairs = [(_scores(pool, rule), [record['scores'][REPORTED] for record in pool]) for pool in scored]
    both = [[measure(*pair) for pair in pairs] for measure in (spearman, weighted_spearman)]
    one, other = (None if any(map(math.isnan, each)) else estimate(each) for each in both)
    return one, other


def _with_score(pool: Sequence[Record], rule: str) -> list[Record]:
    """Return the records in which a rule's score stands: of a dear one perhaps no more than each run's last."""
    return [record for record in pool if rule.removesuffix(SUFFIX) in record['scores']]


def _scores(pool: Sequence[Record], rule: str) -> NDArray[np.float64]:
    """Return the rule's score of every candidate, the lowest for those that have none or did not pass the guard."""
    values = np.array([record['scores'].get(rule.removesuffix(SUFFIX), math.nan) for record in pool])
    if rule.endswith(SUFFIX):
        kept = {id(record) for record in survivors(pool)}
        values[[id(record) not in kept for record in pool]] = math.nan
    finite = values[np.isfinite(values)]
    return np.where(np.isfinite(values), values, finite.min() if len(finite) else math.nan)
