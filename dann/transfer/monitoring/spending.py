"""How a rate of false alarms that is allowed to a whole stream is spent over its windows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from dann.core.errors import check

MOST = 200_000  # permutations that are drawn of one window where nobody says how many


def spent(level: float, window: int) -> float:
    r"""The share of ``level`` at which the window of a number is tested.

    .. math:: a_k = \frac{6}{\pi^2} \frac{\alpha}{k^2}, \qquad \sum_{k=1}^\infty a_k = \alpha

    By the union bound no stream without drift, however long, has a false alarm with a probability above ``level``,
    whatever the tests have in common: all windows are compared with one reference.

    Args:
        level: The rate of the whole stream, between 0 and 1.
        window: Number ``k`` of the window in its stream, from 1.

    Example:
        >>> [round(spent(0.05, window), 4) for window in (1, 2, 10)]
        [0.0304, 0.0076, 0.0003]
    """
    check(window > 0, f'expected `window` from 1, got {window}')
    return level * 6 / (math.pi * window) ** 2


def permutations_for(level: float) -> int:
    """Return the fewest permutations whose smallest p-value, ``1 / (1 + permutations)``, reaches ``level``.

    Example:
        >>> permutations_for(0.05)
        19
    """
    return math.ceil(1 / level) - 1


@dataclass(frozen=True, slots=True)
class Shares:
    """What a window may spend.

    Args:
        mmd: Level of the permutation test; 0 where it would take more than ``MOST`` permutations.
        ks: Level of the corrected Kolmogorov-Smirnov tests, and of each further test.
    """

    mmd: float
    ks: float

    def rejected(self, mmd: float, ks: float, further: Iterable[float] = ()) -> bool:
        """Whether one of the p-values is small enough."""
        return mmd <= self.mmd or any(each <= self.ks for each in (ks, *further))


def shares(level: float, window: int, *, by_mmd: bool = True, further: int = 0) -> Shares:
    """Return an equal part of ``spent`` for each test that takes part.

    Args:
        level: As for ``spent``.
        window: As for ``spent``.
        by_mmd: Whether the permutation test takes part, which must not depend on the data.
        further: How many tests there are beside the two.
    """
    part = spent(level, window) / (by_mmd + 1 + further)
    return Shares(part if by_mmd else 0.0, part)
