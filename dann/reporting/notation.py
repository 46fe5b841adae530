"""Numbers as tables print them."""

from __future__ import annotations

from dann.stats.intervals import Estimate

ABSENT = '—'
BASELINE = 'source_only'
CEILING_TAG = 'uses target labels'


def percent(value: Estimate | None, *, signed: bool = False) -> str:
    """Return ``value`` in percent with one decimal, and its half-width where it has one."""
    if value is None:
        return ABSENT
    spread = '' if value.half_width is None else f' ± {points(value.half_width)}'
    return points(value.mean, signed=signed) + spread


def points(fraction: float, *, signed: bool = False) -> str:
    """Return ``fraction`` in percent with one decimal; a rounded zero has no minus."""
    value = round(100 * fraction, 1) + 0.0
    return f'{value:+.1f}' if signed else f'{value:.1f}'
