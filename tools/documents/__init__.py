"""The documents that are generated: the catalogue in words, its measurement, and the papers reproduced."""

from __future__ import annotations

from pathlib import Path

from dann.advising.measured import FILE as PAIRS
from dann.core.rule import DEFAULT
from dann.transfer.monitoring.accuracy import MEASURED
from tools.documents.advice import advice_page, is_advice, keep_advice, measured_pairs
from tools.documents.fairness import fairness_page, has_groups, keep_fairness
from tools.documents.kept import keep_results as keep_suite
from tools.documents.kept import read_results
from tools.documents.measured import measured
from tools.documents.methods import methods_page
from tools.documents.model_selection import model_selection
from tools.documents.monitoring import measured_text, monitoring_page
from tools.documents.online import is_online, keep_online, online_page
from tools.documents.rankings import keep_rankings, read_rankings
from tools.documents.reproductions import reproductions
from tools.documents.strategies import is_compared, keep_strategies, strategies_page
from tools.documents.studies import keep_study, studies_page

__all__ = ['documents', 'keep_rankings', 'keep_results', 'keep_study', 'write_documents']


def documents(folder: Path) -> dict[str, str]:
    """Return the text that each document in ``folder`` should have, by file name.

    Args:
        folder: Of the documents, with the kept results in ``results``.
    """
    return {
        'methods.md': methods_page(),
        'benchmarks.md': measured(read_results(folder)),
        'reproductions.md': reproductions(folder),
        'studies.md': studies_page(folder),
        'strategies.md': strategies_page(folder),
        'fairness.md': fairness_page(folder),
        'test-time.md': online_page(folder),
        'model-selection.md': model_selection(read_rankings(folder), DEFAULT),
        'how-to/monitoring.md': monitoring_page(folder),
        'advice.md': advice_page(folder),
    }


def keep_results(root: Path, out: Path) -> list[Path]:
    """Copy the results of a run into ``out``, and return what was written.

    Args:
        root: Folder of ``dann benchmark catalogue`` or ``dann benchmark NAME --strategies``, of ``dann reproduce``, of
            a benchmark whose samples have groups, of ``dann online --out``, or of ``tools.advice``.
        out: Folder of the documents.

    Raises:
        UserError: There are no such results.
    """
    if has_groups(root):
        return keep_fairness(root, out)
    if is_online(root):
        return keep_online(root, out)
    if is_advice(root):
        return keep_advice(root, out)
    return keep_strategies(root, out) if is_compared(root) else keep_suite(root, out)


def write_documents(folder: Path) -> list[Path]:
    """Write the documents into ``folder``, and the figure where there are results; return what was written.

    What the package says of the errors of its estimates, and the measured pairs of ``dann advise``, are written too.
    """
    from dann.reporting.files import write_whole

    written = []
    for name, text in documents(folder).items():
        write_whole(folder / name, text.encode())
        written.append(folder / name)
    if errors := measured_text(folder):
        write_whole(MEASURED, errors)
        written.append(MEASURED)
    if pairs := measured_pairs(folder):
        write_whole(PAIRS, pairs)
        written.append(PAIRS)
    if kept := read_results(folder):
        from tools.documents.forest import FIGURE, forest

        write_whole(folder / FIGURE, forest(kept))
        written.append(folder / FIGURE)
    return written
