"""The tests of a table's rows against source-only, as text, and sentences on how to read them."""

from __future__ import annotations

from collections.abc import Sequence

from dann.benchmarks.comparison.significance import Comparison
from dann.benchmarks.report.rendering import render_lines
from dann.reporting.notation import ABSENT, VERSUS, percent, points
from dann.stats.paired import LEVEL, MOST_SEEDS, pairs_to_reject, smallest_wilcoxon

HEADING = (
    *('method', 'n', VERSUS, 'bootstrap 95 %', 't p (Holm)', 'Wilcoxon p', 'Wilcoxon p (Holm)'),
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
    """Return sentences on what the tests show and how far they can be trusted. Their text is in ``reading.md.j2``."""
    if not comparisons:
        return []
    tested = _tested(comparisons)
    if not tested:
        return [ONE_SEED]
    counts = [each.difference.n for each in tested]
    low, high = _uncertainty(min(counts))
    return render_lines(
        'reading.md',
        tested=len(tested),
        methods=f'{len(tested)} method{"" if len(tested) == 1 else "s"}',
        alone=sum(bool(each.difference.excludes_zero) for each in tested),
        remaining=_remaining(tested),
        fewest=min(counts),
        most=max(counts),
        smallest=f'{smallest_wilcoxon(max(counts)):.2g}',
        pairs_alone=pairs_to_reject(),
        pairs_together=pairs_to_reject(len(tested)),
        low=f'{low:.1f}',
        high=f'{high:.1f}',
        untested=len(tested) < len(comparisons),
        one_seed=ONE_SEED,
    )


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


def _remaining(tested: Sequence[Comparison]) -> str:
    """Say which differences remain after Holm's correction."""
    kept = [each for each in tested if each.t_holm is not None and each.t_holm <= LEVEL]
    names = ', '.join(f'{each.method} ({"better" if each.difference.mean > 0 else "worse"})' for each in kept)
    return f'{len(kept)} remain{"s" if len(kept) == 1 else ""}: {names}' if kept else 'none remains'


def _uncertainty(n: int) -> tuple[float, float]:
    """Return the 95 % interval of a normal deviation as multiples of that of ``n`` values."""
    from scipy.special import chdtri

    low, high = (float(((n - 1) / chdtri(n - 1, tail)) ** 0.5) for tail in (0.025, 0.975))
    return low, high
