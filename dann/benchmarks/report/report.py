"""A benchmark's results as files to read, to quote and to compute with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dann.benchmarks.report.formats import as_dict, csv_text, json_text, latex, markdown
from dann.benchmarks.report.table import Table
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.results.candidates import ENSEMBLE, with_ensemble
from dann.benchmarks.results.folder import Folder, open_folder
from dann.reporting.files import write_whole


def results(folder: Path, select: str | None = None, *, allow_mixed: bool = False) -> dict[str, Any]:
    """Return the table of the benchmark in ``folder``, ready for JSON.

    Args:
        folder: Where ``dann benchmark`` wrote.
        select: Selection rule in place of the benchmark's own.
        allow_mixed: Mark rows of another protocol instead of refusing them.
    """
    return as_dict(load(folder, select, allow_mixed=allow_mixed)[1])


def write_report(folder: Path, select: str | None = None, *, allow_mixed: bool = False) -> Path:
    """Write tables, figures and ``report.html`` into ``folder`` and return the path of the last.

    The tables depend on nothing but the records and what was asked for: a benchmark that was interrupted and
    resumed has the same bytes. Each file appears whole or not at all, and the page comes last.

    Args:
        folder: Where ``dann benchmark`` wrote.
        select: Selection rule in place of the benchmark's own.
        allow_mixed: Mark rows of another protocol instead of refusing them.
    """
    opened, table = load(folder, select, allow_mixed=allow_mixed)
    texts = {
        'table.md': markdown(table),
        'table.csv': csv_text(table),
        'table.tex': latex(table),
        'results.json': json_text(as_dict(table)),
    }
    for name, text in texts.items():
        write_whole(folder / name, text.encode())
    return _write_page(opened, table)


def load(folder: Path, select: str | None = None, *, allow_mixed: bool = False) -> tuple[Folder, Table]:
    """Return the results in ``folder`` and their table."""
    opened = open_folder(folder)
    records = opened.records
    if (select or opened.benchmark.get('select') or '').startswith(ENSEMBLE):
        records = with_ensemble(opened.jobs)
    return opened, build_table(records, opened.benchmark, select, allow_mixed=allow_mixed)


def up_to_date(folder: Path, select: str) -> bool:
    """Whether table and report are newer than all they are made from, and by the benchmark's own rule."""
    pages = [folder / name for name in ('report.html', 'table.md', 'results.json')]
    inputs = [folder / 'benchmark.yaml', folder / 'run.json', *folder.glob('jobs/*/*')]
    try:
        newest = max(path.stat().st_mtime for path in inputs if path.exists())
        oldest = min(path.stat().st_mtime for path in pages)
        rule = json.loads(pages[-1].read_text())['select']
    except (OSError, ValueError, KeyError):
        return False
    return bool(rule == select and oldest > newest)


def _write_page(folder: Folder, table: Table) -> Path:
    from dann.benchmarks.report.illustrations import illustrate
    from dann.benchmarks.report.page import render_page

    illustrations = illustrate(folder, table)
    for figure in illustrations:
        for suffix, data in (('png', figure.png), ('svg', figure.svg)):
            if data is not None:
                write_whole(folder.path / 'figures' / f'{figure.name}.{suffix}', data)
    path = folder.path / 'report.html'
    write_whole(path, render_page(folder, table, illustrations).encode())
    return path
