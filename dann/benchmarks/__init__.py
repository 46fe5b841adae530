"""From a grid of methods and seeds to records, tables and a report.

What the commands do is here for Python too: ``open_report``, ``read_table``, ``read_results`` and ``write_report`` for
``dann report``, ``rank_rules`` for ``dann validators``; ``Results.open`` reads a run folder as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dann.core.registry import imported_when_used

if TYPE_CHECKING:
    from dann.benchmarks.api import open_report, rank_rules, read_results, read_table, write_report
    from dann.benchmarks.results.opened import Results

_HOMES = {
    'Results': 'results.opened',
    'open_report': 'api',
    'rank_rules': 'api',
    'read_results': 'api',
    'read_table': 'api',
    'write_report': 'api',
}
__all__ = ['Results', 'open_report', 'rank_rules', 'read_results', 'read_table', 'write_report']
__getattr__, __dir__ = imported_when_used(__name__, _HOMES)
