"""The page of studies around adaptation: many sources, what each is worth, how many labels adaptation is worth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dann.benchmarks.report.beyond import unseen_columns, unseen_grid, unseen_sentences
from dann.benchmarks.report.report import BenchmarkReport
from dann.benchmarks.report.table import Cell, Table
from dann.benchmarks.results.opened import Results, suite_folders
from dann.core.errors import UserError
from dann.reporting.markdown import bullets, pipes
from dann.reporting.notation import ABSENT, VERSUS, about_spread, percent, points
from tools.documents.kept import RUN, anywhere, keep_json, measured_with, sections

HEAD = """# Studies around adaptation

Written by `make docs` from `docs/results/studies/*.json`: an edit here is lost. To measure again: the command below a
table, then `python -m tools.documents --study NAME DIR`. [Many sources, and few labels](how-to/many-sources.md) says
how to read them.

"""
TEXTS = ('sources.md', 'labels.md')  # that the command itself wrote from its records


def keep_study(name: str, root: Path, out: Path) -> Path:
    """Copy what a study says, with how it was run, into ``out``.

    Args:
        name: What to call it in the page's order.
        root: Folder of ``dann benchmark``, with ``--leave-one-out``, ``--labels`` or neither.
        out: Folder of the documents.

    Raises:
        UserError: There are no results.
    """
    parts = suite_folders(root) or [root]
    opened = Results.open(parts[0])
    written = next((root / each for each in TEXTS if (root / each).exists()), None)
    table = BenchmarkReport.open(parts[0]).table
    if not isinstance(table, Table):
        raise UserError(f'the target of {root} has no labels, so nothing is measured; name another folder')
    content = {
        'title': opened.benchmark.get('title'),
        'text': written.read_text(encoding='utf-8') if written else _table(table),
        'steps': opened.benchmark.get('steps'),
        'rule': table.rule,
        'run': {key: opened.run.get(key) for key in RUN} | {'command': anywhere(opened.run.get('command'))},
    }
    return keep_json(out / 'results' / 'studies' / f'{name}.json', content)


def studies_page(folder: Path) -> str:
    """Return the page as Markdown.

    Args:
        folder: Of the documents, with the kept studies in ``results/studies``.

    Raises:
        RunError: A file is corrupt.
    """
    return HEAD + '\n'.join(sections(folder / 'results' / 'studies', _section))


def _table(table: Table) -> str:
    cells = [(row.method, table.main(row)) for row in table.rows]
    rows = [
        [name, percent(cell.accuracy), percent(cell.difference, signed=True), _closed(cell)]
        for name, cell in cells
    ]
    heading = ['method', 'target test %', VERSUS, 'gap closed %']
    counts = [len(row.seeds) for row in table.rows]
    title = f'**{table.title}** ({table.source} → {table.target})'
    beyond = f'{_beyond(table)}\n\n' if unseen_columns(table) else ''
    return f'{title}\n\n{pipes([heading, *rows])}\n\n{beyond}{about_spread(min(counts), max(counts))}\n'


def _beyond(table: Table) -> str:
    said = 'On domains that no training saw, in % of their test samples, and in points against source-only:'
    return f'{said}\n\n{pipes(unseen_grid(table))}\n\n{bullets(unseen_sentences(table))}'


def _closed(cell: Cell) -> str:
    return ABSENT if cell.gap_closed is None else points(cell.gap_closed)


def _section(path: Path, content: Mapping[str, Any]) -> str:
    asked = f'{content["steps"]} steps a run, checkpoints by `{content["rule"]}`.'
    measured = measured_with({'': content['run']})
    return f'## {path.stem.replace("-", " ").capitalize()}\n\n{content["text"]}\n{asked} {measured}'
