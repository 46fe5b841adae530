"""How far apart two domains are: one distance a file, each a function of two feature matrices.

``gap`` measures all of them on two domains; ``dann gap`` is the same as a command.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dann.shift.ranking import SourceRanking, rank_sources
    from dann.shift.report import GapReport, HalvesReport, gap, repeat_halves

_HOMES = {
    'GapReport': 'report',
    'HalvesReport': 'report',
    'SourceRanking': 'ranking',
    'gap': 'report',
    'rank_sources': 'ranking',
    'repeat_halves': 'report',
}
__all__ = ['GapReport', 'HalvesReport', 'SourceRanking', 'gap', 'rank_sources', 'repeat_halves']


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: distances of features need neither data sets nor Lightning."""
    if name not in _HOMES:
        msg = f'module {__name__!r} has no attribute {name!r}'
        raise AttributeError(msg)
    return getattr(import_module(f'dann.shift.{_HOMES[name]}'), name)
