"""Means over seeds, and shares, with their confidence intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from dann.core.errors import check


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over seeds with its 95 % confidence interval.

    Args:
        mean: Mean over seeds.
        deviation: Sample deviation, with ``n - 1`` in the denominator; ``None`` for one seed.
        half_width: Half the interval's width; ``None`` for one seed.
        n: Number of seeds.
    """

    mean: float
    deviation: float | None
    half_width: float | None
    n: int

    @property
    def pair(self) -> tuple[float, float] | None:
        """Both values, the lower first, where the mean is that of two; else ``None``."""
        if self.n != 2 or self.deviation is None:
            return None
        apart = self.deviation / math.sqrt(2)
        return self.mean - apart, self.mean + apart

    @property
    def excludes_zero(self) -> bool | None:
        """Whether zero is outside the interval; ``None`` where there is no interval."""
        return None if self.half_width is None else abs(self.mean) > self.half_width


def estimate(values: Sequence[float]) -> Estimate:
    r"""Mean of ``values`` with :math:`t_{0.975, n-1} \, s / \sqrt n` on either side, Student's t interval.

    Example:
        >>> accuracy = estimate([0.70, 0.72, 0.74])
        >>> f'{accuracy.mean:.2f} ± {accuracy.half_width:.4f}'
        '0.72 ± 0.0497'
    """
    n = len(values)
    check(n > 0, 'expected at least one value, got none')
    if n == 1:
        return Estimate(values[0], None, None, 1)
    deviation = stdev(values)
    return Estimate(fmean(values), deviation, quantile(n - 1) * deviation / math.sqrt(n), n)


def paired(row: Mapping[int, float], baseline: Mapping[int, float]) -> Estimate | None:
    """Mean of ``row - baseline`` over the seeds in both; ``None`` where they share none."""
    shared = sorted(row.keys() & baseline.keys())
    return estimate([row[seed] - baseline[seed] for seed in shared]) if shared else None


def gap_closed(method: float, source_only: float, ceiling: float) -> float | None:
    """Share of the way from ``source_only`` to ``ceiling`` that ``method`` has gone.

    0 at source-only, 1 at the ceiling, below 0 for harm; ``None`` where the ceiling is no higher than
    source-only, so that there is no gap to close.
    """
    gap = ceiling - source_only
    return (method - source_only) / gap if gap > 0 else None


def quantile(degrees: int) -> float:
    """Return the 97.5 % point of Student's t with that many degrees of freedom."""
    # scipy.special and not scipy.stats, whose import takes longer than the whole table
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.975))


def proportion_interval(count: int, total: int) -> tuple[float, float]:
    """Exact 95 % interval of a probability, of which ``count`` in ``total`` independent trials were a case.

    Args:
        count: From 0 to ``total``.
        total: Above 0.

    Example:
        >>> '{:.3f} to {:.3f}'.format(*proportion_interval(2, 100))
        '0.002 to 0.070'

    Reference:
        Clopper and Pearson, "The Use of Confidence or Fiducial Limits Illustrated in the Case of the Binomial",
        Biometrika 1934.
    """
    from scipy.special import betaincinv

    check(0 <= count <= total > 0, f'expected a count from 0 to a total above 0, got {count} of {total}')
    low = betaincinv(count, total - count + 1, 0.025) if count else 0.0
    high = betaincinv(count + 1, total - count, 0.975) if count < total else 1.0
    return float(low), float(high)
