"""How far apart two domains are: one distance a file, each a function of two feature matrices.

``gap`` measures all of them on two domains; ``dann gap`` is the same as a command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dann.core.registry import imported_when_used

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
__getattr__, __dir__ = imported_when_used(__name__, _HOMES)
