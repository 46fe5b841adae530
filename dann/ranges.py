"""Where a hyper-parameter may be searched: declared by each method, drawn from by a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dann.errors import check


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers between two bounds, both included; whole numbers where both bounds are.

    Args:
        low: Lower bound.
        high: Upper bound, above ``low``.
        log: Draw uniformly on a logarithmic scale; ``low`` must then be above 0.
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        check(self.low < self.high, f'expected `low` below `high`, got {self.low} and {self.high}')
        check(not self.log or self.low > 0, f'expected `low` above 0 on a logarithmic scale, got {self.low}')


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values.

    Args:
        options: The values, at least two.
    """

    options: tuple[object, ...]

    def __post_init__(self) -> None:
        check(len(self.options) > 1, f'expected at least 2 options, got {self.options}')


Search = Mapping[str, Range | Choice]
