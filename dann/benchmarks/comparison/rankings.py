"""The rules that read no target label, ranked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dann.benchmarks.comparison.judging import (
    Pools,
    RuleEvaluation,
    correlation,
    evaluate_rule,
    judged_rules,
    pools,
)
from dann.benchmarks.results.opened import Results, suite_folders
from dann.benchmarks.results.records import Record
from dann.benchmarks.results.selection import REPORTED
from dann.core.errors import UserError
from dann.reporting.markdown import Grid, inert, pipes
from dann.reporting.notation import ABSENT, percent, points

POOLED = 'all benchmarks'
READING = (
    'Regret, in points of target test accuracy: what the oracle, which chooses by the labelled target validation '
    'split, reaches beyond the rule when choosing the checkpoint of each run, and when choosing method and checkpoint '
    'among all runs of a seed; worst: the highest such regret of a benchmark and seed. Spearman and weighted '
    'Spearman: rank correlation of score and target test accuracy over all checkpoints of all methods of a seed that '
    'have the score: a dear one may have been computed at the last of each run only, and chooses no checkpoint then '
    '(`--rescore` computes it for all that were kept). '
    '`last` makes no choice: last step, mean over methods. '
    '± is the half-width of the 95 % Student-t interval over benchmarks and seeds.'
)


def benchmark_folders(roots: Sequence[str | Path]) -> list[Path]:
    """Return the run folders among ``roots``; the folder of a suite is replaced by those of its benchmarks."""
    return [folder for root in roots for folder in suite_folders(root) or [Path(root)]]


def read_all(folders: Sequence[Path]) -> list[Record]:
    """Return every record in ``folders``, with the score that needs all candidates where predictions were kept."""
    return [record for folder in folders for record in Results.open(folder).with_ensemble]


def rankings(records: Sequence[Record], order: str = 'weighted') -> dict[str, list[RuleEvaluation]]:
    """Return how every rule does, the best first, by benchmark.

    Args:
        records: Of any number of benchmarks.
        order: What to sort by, as in ``ranked``.

    Returns:
        Evaluations by benchmark; under ``all benchmarks``, which comes first, over all if there are several.

    Raises:
        UserError: Nothing was measured, as where the target has no labels.
    """
    everything = pools(records)
    if not everything:
        raise UserError(
            f'no record has the {REPORTED} that rules are judged by; name a benchmark whose target has labels'
        )
    names = list(dict.fromkeys(benchmark for benchmark, _ in everything))
    parts: dict[str, Pools] = {POOLED: everything} if len(names) > 1 else {}
    parts |= {name: {key: pool for key, pool in everything.items() if key[0] == name} for name in names}
    common = judged_rules(records)
    return {
        name: ranked([each for rule in common if (each := evaluate_rule(part, rule))], order)
        for name, part in parts.items()
    }


def as_text(found: dict[str, list[RuleEvaluation]]) -> str:
    """Return rankings as Markdown, and how to read them."""
    blocks = [f'**{inert(name)}**\n\n{pipes(grid(ranked))}' for name, ranked in found.items()]
    return '\n\n'.join([*blocks, READING])


def ranked(found: Sequence[RuleEvaluation], order: str) -> list[RuleEvaluation]:
    """Return evaluations, the best first: by the highest correlation or the lowest regret.

    Args:
        found: Evaluations of rules.
        order: ``weighted``, ``spearman``, ``checkpoint`` or ``method``; equal ones are sorted by name.
    """

    def key(each: RuleEvaluation) -> float:
        value = getattr(each, order)
        if value is None:
            return float('inf')
        return float(value.mean if order in ('checkpoint', 'method') else -value.mean)

    return sorted(found, key=lambda each: (key(each), each.rule))


def grid(found: Sequence[RuleEvaluation]) -> Grid:
    """Return evaluations as text, the heading first."""
    heading = ['rule', 'weighted Spearman', 'Spearman', 'regret, checkpoint', 'regret, method', 'worst']
    return [heading, *(_line(each) for each in found)]


def _line(each: RuleEvaluation) -> list[str]:
    correlations = [
        ABSENT if value is None else correlation(value) for value in (each.weighted, each.spearman)
    ]
    return [each.rule, *correlations, percent(each.checkpoint), percent(each.method), points(each.worst)]
