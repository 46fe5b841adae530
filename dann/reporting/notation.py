"""Numbers as tables print them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dann.stats.intervals import Estimate

ABSENT = '—'
BASELINE = 'source_only'
VERSUS = 'vs source-only'  # heading of differences from it
CEILING_TAG = 'uses target labels'


def percent(value: Estimate | None, *, signed: bool = False) -> str:
    """Return ``value`` in percent with one decimal, and its ``spread``."""
    if value is None:
        return ABSENT
    return points(value.mean, signed=signed) + spread(value, partial(points, signed=signed), points)


def spread(
    value: Estimate, write: Callable[[float], str], width: Callable[[float], str] | None = None
) -> str:
    """Return what stands behind a mean: ± half the interval's width; of two seeds both values; of one seed nothing.

    The interval of two values reaches 6.4 times their distance to either side, which says less than they do.

    Args:
        value: A mean over seeds.
        write: How one value is written.
        width: How half a width is written, where that is another way.
    """
    if value.half_width is None:
        return ''
    if value.pair is None:
        return f' ± {(width or write)(value.half_width)}'
    lower, upper = value.pair
    return f' ({write(lower)}, {write(upper)})'


def about_spread(fewest: int, most: int) -> str:
    """Return how to read what ``spread`` writes in a table whose rows have that many seeds."""
    if most == 1:
        return 'n = 1 seed, so there is no ±: intervals need two seeds.'
    rows = 'Brackets' if most == 2 else 'Brackets, in rows with two seeds,'
    pair = (
        f'{rows} hold both values, since an interval of two reaches 6.4 times their distance to either side.'
    )
    lone = 'Rows with one seed have single values.'
    seeds = f'n = {fewest if fewest == most else f"{fewest} to {most}"}'
    width = (
        f'± is the half-width of the 95 % Student-t interval over seeds ({seeds}, n - 1 degrees of freedom).'
    )
    return ' '.join(
        [*([width] if most > 2 else []), *([pair] if fewest <= 2 else []), *([lone] if fewest == 1 else [])]
    )


def points(fraction: float, *, signed: bool = False) -> str:
    """Return ``fraction`` in percent with one decimal; a rounded zero has no minus."""
    value = round(100 * fraction, 1) + 0.0
    return f'{value:+.1f}' if signed else f'{value:.1f}'
