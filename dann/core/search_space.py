"""The ranges of hyper-parameters, which every method declares and a search draws from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dann.core.errors import check
from dann.core.moved import renamed

if not TYPE_CHECKING:
    __getattr__ = renamed(__name__, {'Range': 'Float, or Int for whole numbers', 'Choice': 'Categorical'})


@dataclass(frozen=True, slots=True)
class Float:
    """Real numbers between two bounds, both included.

    Args:
        low: Lower bound.
        high: Upper bound, above ``low``.
        log: Draw uniformly on a logarithmic scale; ``low`` must then be above 0.
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        _check_bounds(self.low, self.high, log=self.log)


@dataclass(frozen=True, slots=True)
class Int:
    """Whole numbers between two bounds, both included.

    Args:
        low: Lower bound.
        high: Upper bound, above ``low``.
        log: Draw uniformly on a logarithmic scale; ``low`` must then be above 0.
    """

    low: int
    high: int
    log: bool = False

    def __post_init__(self) -> None:
        for bound in (self.low, self.high):
            check(type(bound) is int, f'expected whole numbers as bounds, got {bound!r}; use Float')
        _check_bounds(self.low, self.high, log=self.log)


@dataclass(frozen=True, slots=True)
class Categorical:
    """One of a few values.

    Args:
        options: The values, at least two.
    """

    options: tuple[object, ...]

    def __post_init__(self) -> None:
        check(len(self.options) > 1, f'expected at least 2 options, got {self.options}')


def _check_bounds(low: float, high: float, *, log: bool) -> None:
    check(low < high, f'expected `low` below `high`, got {low} and {high}')
    check(not log or low > 0, f'expected `low` above 0 on a logarithmic scale, got {low}')


Values = Float | Int | Categorical
Search = Mapping[str, Values]
