"""The documents that are generated: the catalogue in words, its measurement, and the papers reproduced."""

from __future__ import annotations

from pathlib import Path

from dann.core.rule import DEFAULT
from tools.documents.kept import keep_results as keep_suite
from tools.documents.kept import read_results
from tools.documents.measured import measured
from tools.documents.methods import methods_page
from tools.documents.model_selection import model_selection
from tools.documents.online import is_online, keep_online, online_page
from tools.documents.rankings import keep_rankings, read_rankings
from tools.documents.reproductions import reproductions
from tools.documents.strategies import is_compared, keep_strategies, strategies_page

__all__ = ['documents', 'keep_rankings', 'keep_results', 'write_documents']


def documents(folder: Path) -> dict[str, str]:
    """Return the text that each document in ``folder`` should have, by file name.

    Args:
        folder: Of the documents, with the kept results in ``results``.
    """
    return {
        'methods.md': methods_page(),
        'benchmarks.md': measured(read_results(folder)),
        'reproductions.md': reproductions(folder),
        'strategies.md': strategies_page(folder),
        'test-time.md': online_page(folder),
        'model-selection.md': model_selection(read_rankings(folder), DEFAULT),
    }


def keep_results(root: Path, out: Path) -> list[Path]:
    """Copy the results of a run into ``out``, and return what was written.

    Args:
        root: Folder of ``dann benchmark catalogue`` or ``dann benchmark NAME --strategies``, of ``dann reproduce``, or
            of ``dann online --out``.
        out: Folder of the documents.

    Raises:
        UserError: There are no such results.
    """
    if is_online(root):
        return keep_online(root, out)
    return keep_strategies(root, out) if is_compared(root) else keep_suite(root, out)


def write_documents(folder: Path) -> list[Path]:
    """Write the documents into ``folder``, and the figure where there are results; return what was written."""
    from dann.reporting.files import write_whole

    written = []
    for name, text in documents(folder).items():
        write_whole(folder / name, text.encode())
        written.append(folder / name)
    if kept := read_results(folder):
        from tools.documents.forest import FIGURE, forest

        write_whole(folder / FIGURE, forest(kept))
        written.append(folder / FIGURE)
    return written
