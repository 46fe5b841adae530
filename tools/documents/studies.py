"""The page of studies around adaptation: many sources, what each is worth, how many labels adaptation is worth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dann.benchmarks.report.report import BenchmarkReport
from dann.benchmarks.report.table import Cell, Table
from dann.benchmarks.results.opened import Results, suite_folders
from dann.core.errors import RunError, UserError
from dann.reporting.files import write_whole
from dann.reporting.markdown import pipes
from dann.reporting.notation import ABSENT, about_spread, percent, points
from tools.documents.kept import RUN, anywhere

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
    path = out / 'results' / 'studies' / f'{name}.json'
    write_whole(path, (json.dumps(content, indent=1, ensure_ascii=False) + '\n').encode())
    return path


def studies_page(folder: Path) -> str:
    """Return the page as Markdown.

    Args:
        folder: Of the documents, with the kept studies in ``results/studies``.

    Raises:
        RunError: A file is corrupt.
    """
    return HEAD + '\n'.join(
        _section(path) for path in sorted((folder / 'results' / 'studies').glob('*.json'))
    )


def _table(table: Table) -> str:
    cells = [(row.method, table.main(row)) for row in table.rows]
    rows = [
        [name, percent(cell.accuracy), percent(cell.difference, signed=True), _closed(cell)]
        for name, cell in cells
    ]
    heading = ['method', 'target test %', 'vs source-only', 'gap closed %']
    counts = [len(row.seeds) for row in table.rows]
    title = f'**{table.title}** ({table.source} → {table.target})'
    return f'{title}\n\n{pipes([heading, *rows])}\n\n{about_spread(min(counts), max(counts))}\n'


def _closed(cell: Cell) -> str:
    return ABSENT if cell.gap_closed is None else points(cell.gap_closed)


def _section(path: Path) -> str:
    try:
        content: Mapping[str, Any] = json.loads(path.read_text(encoding='utf-8'))
        run = content['run']
        versions = ', '.join(f'{name} {version}' for name, version in (run.get('versions') or {}).items())
        said = [
            f'`{run["command"]}`',
            f'{content["steps"]} steps a run',
            f'checkpoints by `{content["rule"]}`',
        ]
        said += [
            run.get('machine'),
            versions,
            f'commit {run.get("commit")}',
            f'started {str(run.get("started"))[:10]}',
        ]
        measured = '; '.join(str(each) for each in said if each)
        return (
            f'## {path.stem.replace("-", " ").capitalize()}\n\n{content["text"]}\nMeasured with {measured}.\n'
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f'cannot read {path} ({error}); write it anew with `python -m tools.documents --study NAME DIR`'
        ) from error
