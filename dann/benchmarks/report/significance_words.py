"""The tests of one table as a second table, and how to read them."""

from __future__ import annotations

from collections.abc import Sequence

from dann.benchmarks.comparison.significance import Comparison
from dann.reporting.notation import ABSENT, percent, points
from dann.stats.intervals import Estimate
from dann.stats.paired import LEVEL, MOST_SEEDS, pairs_to_reject, smallest_wilcoxon

HEADING = (
    *('method', 'n', 'vs source-only', 'bootstrap 95 %', 't p (Holm)', 'Wilcoxon p', 'Wilcoxon p (Holm)'),
    *('seeds to exclude 0', 'seeds for ± 1 point'),
)
ONE_SEED = (
    'One common seed with source-only: no interval, no p-value and no number of seeds needed, because one '
    'difference does not show its own spread.'
)


def grid(comparisons: Sequence[Comparison]) -> list[list[str]]:
    """Return the comparisons as text with a heading; empty where none has more than one seed."""
    if not _tested(comparisons):
        return []
    return [list(HEADING), *(_line(each) for each in comparisons)]


def p_text(p: float | None) -> str:
    """Return a p-value with three decimals."""
    if p is None:
        return ABSENT
    return '< 0.001' if p < 0.001 else f'{p:.3f}'


def reading(comparisons: Sequence[Comparison]) -> list[str]:
    """Return what the tests show and how far to trust them, a sentence or two each."""
    if not comparisons:
        return []
    tested = _tested(comparisons)
    if not tested:
        return [ONE_SEED]
    counts = sorted({each.difference.n for each in tested})
    lines = [_surviving(tested), _wilcoxon(counts, len(tested)), _bootstrap(), _seeds(counts[0])]
    return lines + ([f'Rows with n = 1: {ONE_SEED}'] if len(tested) < len(comparisons) else [])


def _tested(comparisons: Sequence[Comparison]) -> list[Comparison]:
    return [each for each in comparisons if each.difference.n > 1]


def _line(each: Comparison) -> list[str]:
    spread = each.difference.n > 1
    low, high = each.bootstrap or (0.0, 0.0)
    return [
        each.method,
        str(each.difference.n),
        percent(each.difference, signed=True),
        f'{points(low, signed=True)} to {points(high, signed=True)}' if each.bootstrap else ABSENT,
        p_text(each.t_holm),
        p_text(each.wilcoxon),
        p_text(each.wilcoxon_holm),
        _count(each.seeds_for_sign) if spread else ABSENT,
        _count(each.seeds_for_point) if spread else ABSENT,
    ]


def _count(seeds: int | None) -> str:
    return f'more than {MOST_SEEDS}' if seeds is None else str(seeds)


def _surviving(tested: Sequence[Comparison]) -> str:
    alone = sum(bool(each.difference.excludes_zero) for each in tested)
    kept = [each for each in tested if each.t_holm is not None and each.t_holm <= LEVEL]
    names = ', '.join(f'{each.method} ({_direction(each.difference)})' for each in kept)
    remain = f'{len(kept)} remain{"s" if len(kept) == 1 else ""}: {names}' if kept else 'none remains'
    return (
        f'Of {_methods(len(tested))}, {alone} {"has" if alone == 1 else "have"} a t interval that excludes zero '
        f"when looked at alone; after Holm's correction for all of them {remain}."
    )


def _direction(difference: Estimate) -> str:
    return 'better' if difference.mean > 0 else 'worse'


def _methods(count: int) -> str:
    return f'{count} method' if count == 1 else f'{count} methods'


def _wilcoxon(counts: Sequence[int], methods: int) -> str:
    n, alone, together = counts[-1], pairs_to_reject(), pairs_to_reject(methods)
    most = '' if len(counts) == 1 else 'at most '
    text = (
        f"Wilcoxon's signed-rank test is two-sided; with {most}{n} pairs its p-value cannot be below "
        f'{smallest_wilcoxon(n):.2g}'
    )
    if n < alone:
        text += f', so here it cannot reject at 5 % whatever the data: no such test can with fewer than {alone} pairs'
    if methods > 1:
        text += f', and after correction for {_methods(methods)} none can with fewer than {together}'
    return text + '.'


def _bootstrap() -> str:
    return (
        'The bootstrap interval is BCa with 9,999 seeded resamples. From few seeds it is too narrow: of normal '
        'differences it covers the mean in about 51, 71, 84 and 91 of 100 cases at n = 2, 3, 5 and 10; trust the '
        't interval there.'
    )


def _seeds(n: int) -> str:
    low, high = _uncertainty(n)
    return (
        'Seeds needed are those at which the half-width of the t interval, at the observed deviation, falls below '
        'the observed difference, and below 1 point. Read them as orders of magnitude: the true deviation may be '
        f'{low:.1f} to {high:.1f} times the observed one (95 %, n = {n}), and an interval as wide as the true '
        'difference excludes zero only every other time.'
    )


def _uncertainty(n: int) -> tuple[float, float]:
    """Return the 95 % interval of a normal deviation as multiples of that of ``n`` values."""
    from scipy.special import chdtri

    low, high = (float(((n - 1) / chdtri(n - 1, tail)) ** 0.5) for tail in (0.025, 0.975))
    return low, high
