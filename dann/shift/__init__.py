"""How far apart two domains are: one distance a file, each a function of two feature matrices.

``gap`` measures all of them on two domains; ``dann gap`` is the same as a command.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dann.shift.report import GapReport, HalvesReport, gap, repeat_halves

__all__ = ['GapReport', 'HalvesReport', 'gap', 'repeat_halves']


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: distances of features need neither data sets nor Lightning."""
    if name not in __all__:
        msg = f'module {__name__!r} has no attribute {name!r}'
        raise AttributeError(msg)
    return getattr(import_module('dann.shift.report'), name)
