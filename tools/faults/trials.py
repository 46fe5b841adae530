"""What a part of the trial of faults consists of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeAlias

from tools.faults.healthy import Place

Result: TypeAlias = tuple[str, str]  # what was tried, and what was wrong or ''


@dataclass(frozen=True, slots=True)
class Trial:
    """One or more faults that are planted one after another.

    Args:
        part: Row of the table that they are counted in.
        run: Plants them, given a folder of its own, which may hold what the trial before left, and a source of chance.
    """

    part: str
    run: Callable[[Path, Random], Iterable[Result]]


Part: TypeAlias = Callable[[Place], Sequence[Trial]]
