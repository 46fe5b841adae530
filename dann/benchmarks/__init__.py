"""From a grid of methods and seeds to records, tables and a report.

What the commands do is here for Python too: ``open_report``, ``read_table``, ``read_results`` and ``write_report`` for
``dann report``, ``rank_rules`` for ``dann validators``; ``Results.open`` reads a run folder as it is.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dann.benchmarks.api import open_report, rank_rules, read_results, read_table, write_report
    from dann.benchmarks.results.opened import Results

_HOMES = {
    'Results': 'dann.benchmarks.results.opened',
    'open_report': 'dann.benchmarks.api',
    'rank_rules': 'dann.benchmarks.api',
    'read_results': 'dann.benchmarks.api',
    'read_table': 'dann.benchmarks.api',
    'write_report': 'dann.benchmarks.api',
}
__all__ = ['Results', 'open_report', 'rank_rules', 'read_results', 'read_table', 'write_report']


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that a part of this room costs no more than itself."""
    if name not in _HOMES:
        msg = f'module {__name__!r} has no attribute {name!r}'
        raise AttributeError(msg)
    return getattr(import_module(_HOMES[name]), name)
