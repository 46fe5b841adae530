"""The page of studies around adaptation: many sources, few labels, and pre-training on unlabelled images."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from dann.benchmarks.report.beyond import unseen_columns, unseen_grid, unseen_sentences
from dann.benchmarks.report.report import BenchmarkReport
from dann.benchmarks.report.table import Cell, Table
from dann.benchmarks.results.opened import Results, suite_folders
from dann.benchmarks.results.selection import REPORTED
from dann.core.errors import UserError
from dann.reporting.markdown import bullets, pipes
from dann.reporting.notation import ABSENT, VERSUS, about_spread, percent, points
from dann.stats.intervals import paired
from tools.documents.kept import RUN, anywhere, keep_json, measured_with, sections

HEAD = """# Studies around adaptation

Written by `make docs` from `docs/results/studies/*.json`: an edit here is lost. To measure again: the command below a
table, then `python -m tools.documents --study NAME DIR`. [Many sources, and few labels](how-to/many-sources.md) and
[Pre-train on unlabelled images](how-to/pretraining.md) say how to read them.

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
        'text': written.read_text(encoding='utf-8')
        if written
        else _table(table) + stages(table, opened.benchmark.get('methods', {})),
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


def stages(table: Table, rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return in words what a first stage changes: each row with one against the same row without, seed by seed.

    Args:
        table: Of the rows.
        rows: As the benchmark has them, by name; empty text where none has a stage.
    """
    found = []
    for name, row in rows.items():
        plain = {key: value for key, value in row.items() if key != 'pretraining'}
        without = next((other for other, each in rows.items() if each == plain and other != name), None)
        if 'pretraining' in row and without is not None:
            found.append(f'{name} against {without}: {_changed(table, name, without)}.')
    return f'\n{bullets(found)}\n' if found else ''


def _changed(table: Table, name: str, without: str) -> str:
    chosen, others = (_chosen(table, each) for each in (name, without))
    accuracies, plain = (
        {seed: each['scores'][REPORTED] for seed, each in records.items()} for records in (chosen, others)
    )
    difference = paired(accuracies, plain)
    took = fmean(each.get('pretraining', 0.0) for each in chosen.values())
    seconds = f'the stage took {took:.0f} s a seed on this machine'
    if difference is None:
        return f'no seed in common; {seconds}'
    shown = difference.half_width is not None and abs(difference.mean) > difference.half_width
    verdict = 'no difference shown' if not shown else 'better' if difference.mean > 0 else 'worse'
    return f'{percent(difference, signed=True)} points, {verdict}; {seconds}'


def _chosen(table: Table, method: str) -> Mapping[int, Any]:
    row = next(each for each in table.rows if each.method == method)
    return table.main(row).chosen


def _closed(cell: Cell) -> str:
    return ABSENT if cell.gap_closed is None else points(cell.gap_closed)


def _section(path: Path, content: Mapping[str, Any]) -> str:
    asked = f'{content["steps"]} steps a run, checkpoints by `{content["rule"]}`.'
    measured = measured_with({'': content['run']})
    return f'## {path.stem.replace("-", " ").capitalize()}\n\n{content["text"]}\n{asked} {measured}'
