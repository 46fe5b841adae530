"""Tests of paired differences, corrected for the number of methods, and how many seeds they would need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dann.stats import paired as paired_statistics
from dann.stats.intervals import Estimate, estimate

POINT = 0.01


@dataclass(frozen=True, slots=True)
class Comparison:
    """A method against source-only on the seeds both have, under the benchmark's rule.

    Args:
        method: The row's name.
        difference: Mean of the paired differences with its t interval.
        bootstrap: Ends of the bootstrap interval; ``None`` for one seed.
        t: p-value of the paired t test; ``None`` for one seed.
        t_holm: The same, corrected over the methods of the table.
        wilcoxon: p-value of Wilcoxon's signed-rank test; ``None`` for one seed.
        wilcoxon_holm: The same, corrected over the methods of the table.
        seeds_for_sign: Seeds at which the t interval would exclude zero; ``None`` for one seed, or where it takes
            more than 1000.
        seeds_for_point: Seeds at which the t interval would be ± 1 point; ``None`` as above.
    """

    method: str
    difference: Estimate
    bootstrap: tuple[float, float] | None
    t: float | None
    t_holm: float | None
    wilcoxon: float | None
    wilcoxon_holm: float | None
    seeds_for_sign: int | None
    seeds_for_point: int | None


def compare(differences: Mapping[str, Sequence[float]]) -> tuple[Comparison, ...]:
    """Return the tests of every method against source-only, each corrected over all methods given.

    Args:
        differences: By method, accuracy minus source-only's for each seed that both have; at least one seed.
    """
    tested = {name: values for name, values in differences.items() if len(values) > 1}
    t = {name: paired_statistics.t_test(values) for name, values in tested.items()}
    wilcoxon = {name: paired_statistics.wilcoxon(values) for name, values in tested.items()}
    corrected = [
        dict(zip(tested, paired_statistics.holm(list(each.values())), strict=True)) for each in (t, wilcoxon)
    ]
    return tuple(
        Comparison(
            method=name,
            difference=(difference := estimate(values)),
            bootstrap=paired_statistics.bootstrap_interval(values) if name in tested else None,
            t=t.get(name),
            t_holm=corrected[0].get(name),
            wilcoxon=wilcoxon.get(name),
            wilcoxon_holm=corrected[1].get(name),
            seeds_for_sign=_seeds(difference, abs(difference.mean)),
            seeds_for_point=_seeds(difference, POINT),
        )
        for name, values in differences.items()
    )


def as_dicts(comparisons: Sequence[Comparison]) -> list[dict[str, Any]]:
    """Return comparisons ready for JSON; fractions at full precision."""
    return [
        {
            'method': each.method,
            'n': each.difference.n,
            'difference': each.difference.mean,
            'deviation': each.difference.deviation,
            'half_width': each.difference.half_width,
            'bootstrap': None if each.bootstrap is None else list(each.bootstrap),
            't_p': each.t,
            't_p_holm': each.t_holm,
            'wilcoxon_p': each.wilcoxon,
            'wilcoxon_p_holm': each.wilcoxon_holm,
            'seeds_to_exclude_zero': each.seeds_for_sign,
            'seeds_for_one_point': each.seeds_for_point,
        }
        for each in comparisons
    ]


def _seeds(difference: Estimate, half_width: float) -> int | None:
    if difference.deviation is None:
        return None
    return paired_statistics.seeds_needed(difference.deviation, half_width)
