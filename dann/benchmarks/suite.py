"""Several benchmarks with the same rows, each in a folder of its own, and one table of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from dann import configs
from dann.benchmarks.across import as_dict as across_as_dict
from dann.benchmarks.across import compare_across
from dann.benchmarks.across_words import DIAGRAM, markdown
from dann.benchmarks.cost import seconds_per_job
from dann.benchmarks.files import write_whole
from dann.benchmarks.formats import as_dict, heading, line, pipes
from dann.benchmarks.judging import in_words, judge, pools
from dann.benchmarks.records import Record
from dann.benchmarks.report import load
from dann.benchmarks.schema import mapping
from dann.benchmarks.table import Table
from dann.errors import UserError, unknown

ACROSS = 'across_benchmarks'
KEYS = ('title', 'benchmarks', 'seeds', 'steps', 'evaluations', 'select', 'model', 'trainer', 'methods')


def is_suite(config: Mapping[str, Any]) -> bool:
    """Whether a configuration lists benchmarks instead of describing one."""
    return 'benchmarks' in config


def configurations(name: str, config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the benchmarks of a suite by name, each with the suite's changes.

    What the suite says replaces what a benchmark says, except that mappings under ``model`` and ``trainer`` are
    merged key by key.

    Args:
        name: What to call the suite in a message.
        config: Contents of its YAML file.

    Raises:
        UserError: An unknown key, no benchmark, or two of one name.
    """
    for key in config:
        if key not in KEYS:
            raise unknown('key', str(key), KEYS)
    listed = config['benchmarks']
    if not isinstance(listed, list) or not listed or not all(isinstance(each, str) for each in listed):
        raise UserError(
            f'expected `benchmarks` of {name} to be a list of names, got {listed!r}; '
            'write for example [day-to-night, sim-to-real]'
        )
    if len({Path(each).stem for each in listed}) < len(listed):
        raise UserError(f'{name} lists two benchmarks of one name ({", ".join(listed)}); rename one file')
    changes = {key: value for key, value in config.items() if key not in ('title', 'benchmarks')}
    return {Path(each).stem: _changed(configs.load(each), changes) for each in listed}


def _changed(config: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = {
        key: merge(config.get(key) or {}, mapping(key, changes[key]))
        for key in ('model', 'trainer')
        if key in changes
    }
    return config | deepcopy(dict(changes)) | merged


def merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``changes``, mappings within mappings merged key by key."""
    merged = deepcopy(dict(base))
    for key, value in changes.items():
        inner = merged.get(key)
        both = isinstance(inner, dict) and isinstance(value, dict)
        merged[key] = merge(inner or {}, value) if both else deepcopy(value)
    return merged


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
            *(in_words(each) for each in (table.judgement,) if each is not None),
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
    from dann.benchmarks.rank_diagram import rank_diagram

    write_whole(root / f'{DIAGRAM}.png', rank_diagram(across))
    write_whole(root / f'{DIAGRAM}.svg', rank_diagram(across, 'svg'))


def _pipes(table: Table, seconds: Mapping[str, float]) -> str:
    body = [
        [*line(row, table), f'{seconds[row.method]:.1f}' if row.method in seconds else '—']
        for row in table.rows
    ]
    return pipes([[*heading(table), 's/job'], *body])
