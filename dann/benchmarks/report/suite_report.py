"""One table of all the benchmarks of a suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dann.benchmarks.comparison.across import as_dict as across_as_dict
from dann.benchmarks.comparison.across import compare_across
from dann.benchmarks.comparison.judging import in_words, judge, pools
from dann.benchmarks.report.across_words import DIAGRAM, markdown
from dann.benchmarks.report.formats import as_dict, heading, json_text, line
from dann.benchmarks.report.report import load
from dann.benchmarks.report.table import Table
from dann.benchmarks.results.cost import seconds_per_job
from dann.benchmarks.results.records import Record
from dann.reporting.files import write_whole
from dann.reporting.markdown import pipes

ACROSS = 'across_benchmarks'


def folders(root: Path) -> list[Path]:
    """Return the benchmarks' folders in the folder of a suite, by name; none in any other folder."""
    if (root / 'benchmark.yaml').exists():
        return []
    return sorted(
        path.parent for path in root.glob('*/benchmark.yaml') if any(path.parent.glob('jobs/*/done'))
    )


def results(root: Path, select: str | None = None, *, allow_mixed: bool = False) -> dict[str, Any]:
    """Return the tables of a suite by benchmark, each row with the mean seconds of a job, ready for JSON.

    The comparison across benchmarks is under ``across_benchmarks``, where there are several.
    """
    found: dict[str, Any] = {}
    tables: dict[str, Table] = {}
    for path in folders(root):
        opened, table = load(path, select, allow_mixed=allow_mixed)
        seconds = seconds_per_job(opened.records)
        content = as_dict(table)
        for row in content['rows']:
            row['seconds'] = seconds.get(row['method'])
        found[path.name], tables[path.name] = content, table
    if across := compare_across(tables):
        found[ACROSS] = across_as_dict(across)
    return found


def combined(root: Path, select: str | None = None, *, allow_mixed: bool = False) -> str:
    """Return one table a benchmark: accuracies, paired difference, verdict, and the mean seconds of a job.

    What each rule loses follows, and the comparison across benchmarks where there are several; ``write_diagram``
    draws it.
    """
    blocks: list[str] = []
    tables: dict[str, Table] = {}
    records: list[Record] = []
    for path in folders(root):
        opened, table = load(path, select, allow_mixed=allow_mixed)
        tables[path.name] = table
        blocks += [
            f'**{table.title}** ({table.source} → {table.target}), target test {table.metric} in %',
            _pipes(table, seconds_per_job(opened.records)),
            *(in_words(each) for each in (table.evaluation,) if each is not None),
        ]
        records += opened.records
    blocks += _pooled(records, tables)
    across = compare_across(tables)
    return '\n\n'.join([*blocks, *([markdown(across).rstrip()] if across else [])]) + '\n'


def _pooled(records: Sequence[Record], tables: Mapping[str, Table]) -> list[str]:
    """Say what the rule loses over all benchmarks, where they are judged by one."""
    rules, found = {table.rule for table in tables.values()}, pools(records)
    judged = judge(found, *rules) if len(tables) > 1 and len(rules) == 1 and found else None
    return [f'Over all {len(tables)} benchmarks: {in_words(judged)}'] if judged else []


def write_diagram(root: Path, select: str | None = None, *, allow_mixed: bool = False) -> None:
    """Draw the critical-difference diagram into the folder of a suite, where there is one to draw."""
    across = compare_across(
        {path.name: load(path, select, allow_mixed=allow_mixed)[1] for path in folders(root)}
    )
    if across is None or across.critical_difference is None:
        return
    from dann.benchmarks.report.rank_diagram import rank_diagram

    write_whole(root / f'{DIAGRAM}.png', rank_diagram(across))
    write_whole(root / f'{DIAGRAM}.svg', rank_diagram(across, 'svg'))


def _pipes(table: Table, seconds: Mapping[str, float]) -> str:
    body = [
        [*line(row, table), f'{seconds[row.method]:.1f}' if row.method in seconds else '—']
        for row in table.rows
    ]
    return pipes([[*heading(table), 's/job'], *body])


def show_suite(root: Path, select: str | None = None, *, allow_mixed: bool = False) -> None:
    """Write and print the combined table of a suite, with what stands in its folder."""
    if pages := [folder / 'report.html' for folder in folders(root)]:
        text = combined(root, select, allow_mixed=allow_mixed)
        found = results(root, select, allow_mixed=allow_mixed)
        write_whole(root / 'table.md', text.encode())
        write_whole(root / 'results.json', json_text(found).encode())
        write_diagram(root, select, allow_mixed=allow_mixed)
        print(text)
        print(f'Reports: {", ".join(map(str, pages))}')
