"""Results that are kept in ``docs/results``, with the command, machine and versions that made them."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from dann import configs
from dann.benchmarks.plan.plan import listed
from dann.benchmarks.report.report import BenchmarkReport
from dann.benchmarks.results.opened import suite_folders
from dann.core.errors import RunError, UserError
from dann.reporting.files import write_whole
from dann.reporting.notation import BASELINE
from dann.stats.intervals import Estimate, paired

T = TypeVar('T')
CONTROL = (
    'adabn'  # the gain of target statistics alone, which every row that shows the target to batch norm has
)
CATALOGUES = ('catalogue-features', 'catalogue')
RUN = ('command', 'machine', 'versions', 'started', 'minutes', 'commit', 'failed')
NUMBERS = (
    'n',
    'mean',
    'deviation',
    'half_width',
    'difference_n',
    'difference',
    'difference_half_width',
    'gap_closed',
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One row of one pair.

    Args:
        method: The row's name.
        family: What kind of method it is.
        uses_target_labels: Whether it trains on target labels.
        planned: Seeds asked for.
        seconds: Mean of its jobs; ``None`` without one.
        accuracies: By selection rule.
        difference: From source-only, paired by seed, under the benchmark's own rule.
        gap_closed: Share of the way from source-only to the ceiling, under that rule.
        control: Difference from the row ``CONTROL``, paired by seed, under that rule.
    """

    method: str
    family: str
    uses_target_labels: bool
    planned: int
    seconds: float | None
    accuracies: Mapping[str, Estimate | None]
    difference: Estimate | None
    gap_closed: float | None
    control: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The results of one pair.

    Args:
        pair: Name of the benchmark.
        source: The labelled domain.
        target: The unlabelled domain.
        asked: What was asked for: title, steps, seeds, selection rule, model and data.
        run: How it ran: command, machine, versions, date, minutes and commit.
        rows: In the order of the benchmark.
        plain: Source-only's accuracy under the same rule with the pair's own network, which has no batch norm; ``None``
            where that is not kept, or where the network measured is the pair's own.
    """

    pair: str
    source: str
    target: str
    asked: Mapping[str, Any]
    run: Mapping[str, Any]
    rows: tuple[Measured, ...]
    plain: Estimate | None = None

    @property
    def rule(self) -> str:
        """The benchmark's own selection rule."""
        return str(self.asked['select'])

    @property
    def options(self) -> Mapping[str, Any]:
        """Options of the model."""
        return self.asked['model'].get('init_args') or {}


def keep_results(root: Path, out: Path) -> list[Path]:
    """Copy the results of a run of the catalogue, or of a recipe of ``dann reproduce``, into ``out``, one file a pair.

    Args:
        root: Folder that ``dann benchmark catalogue`` or ``dann reproduce`` wrote.
        out: Folder of the documents.

    Raises:
        UserError: There are no such results.
    """
    found = suite_folders(root)
    if not found:
        raise UserError(
            f'no results of several benchmarks in {root}; run `dann benchmark catalogue --out {root}`'
        )
    recipe = root.name if root.name in configs.names('recipes') else None
    written = []
    for folder in found:
        path = out / 'results' / f'{recipe or "catalogue"}-{folder.name}.json'
        write_whole(path, row_a_line(_content(folder)).encode())
        written.append(path)
    return written


def _content(folder: Path) -> dict[str, Any]:
    report = BenchmarkReport.open(folder)
    opened, table, seconds, content = report.results, report.table, report.seconds, report.as_dict()
    runs = {row['method']: _accuracies(row, table.rule) for row in content['rows']}
    rows = [
        {key: row[key] for key in ('method', 'family', 'uses_target_labels', 'planned')}
        | {'seconds': seconds.get(row['method'])}
        | {'control': _from_control(runs, row['method'])}
        | {'rules': {rule: {key: cell[key] for key in NUMBERS} for rule, cell in row['rules'].items()}}
        for row in content['rows']
    ]
    return {
        'pair': folder.name,
        'source': table.source,
        'target': table.target,
        'asked': _asked(opened.benchmark),
        'run': {key: opened.run.get(key) for key in RUN} | {'command': anywhere(opened.run.get('command'))},
        'rows': rows,
    }


def anywhere(command: str | None) -> str | None:
    """Return a command without the folder that it wrote into, which is a matter of the machine."""
    return command and re.sub(r' --out[ =]\S+', '', command)


def _asked(benchmark: Mapping[str, Any]) -> dict[str, Any]:
    """Return the title, and what a report lists with the protocol, of the contents of ``benchmark.yaml``."""
    asked = {key: value for key, value in listed(benchmark).items() if key != 'protocol'}
    return {'title': benchmark.get('title'), **asked}


def _accuracies(row: Mapping[str, Any], rule: str) -> dict[int, float]:
    return {run['seed']: run['accuracy'] for run in row['rules'][rule]['runs']}


def _from_control(runs: Mapping[str, dict[int, float]], method: str) -> dict[str, Any] | None:
    difference = paired(runs[method], runs.get(CONTROL, {})) if method != CONTROL else None
    if difference is None:
        return None
    return {'n': difference.n, 'difference': difference.mean, 'half_width': difference.half_width}


def row_a_line(content: dict[str, Any]) -> str:
    """Return JSON with one line a row, so that a difference between two runs can be read."""
    rows = ',\n'.join(f'    {json.dumps(row)}' for row in content['rows'])
    head = json.dumps({key: value for key, value in content.items() if key != 'rows'}, indent=2)
    return f'{head[:-2]},\n  "rows": [\n{rows}\n  ]\n}}\n'


def read_results(out: Path) -> list[Kept]:
    """Return the kept results, in the order in which the two catalogues list their pairs.

    Raises:
        RunError: A file is corrupt.
    """
    pairs = [pair for name in CATALOGUES for pair in configs.load(name)['benchmarks']]
    paths = (out / 'results' / f'catalogue-{pair}.json' for pair in pairs)
    return [_beside_plain(read_kept(path), out) for path in paths if path.exists()]


def _beside_plain(kept: Kept, out: Path) -> Kept:
    """Return kept results with source-only's accuracy without batch norm, from the pair's own table."""
    table = out / 'results' / f'{kept.pair}.csv'
    backbone = kept.options.get('backbone') or {}
    if not (backbone.get('init_args') or {}).get('batch_norm') or not table.exists():
        return kept
    with table.open(encoding='utf-8', newline='') as lines:
        found = [line for line in csv.DictReader(lines) if line['method'] == BASELINE]
    cell = next((line for line in found if line['rule'] == kept.rule), None)
    if cell is None:
        return kept
    mean, deviation, half = (float(cell[key]) for key in ('mean', 'deviation', 'half_width'))
    return replace(kept, plain=Estimate(mean, deviation, half, int(cell['n'])))


def keep_json(path: Path, content: Mapping[str, Any]) -> Path:
    """Write what is kept of a run, one value a line, and return where."""
    write_whole(path, (json.dumps(content, indent=1, ensure_ascii=False) + '\n').encode())
    return path


def sections(folder: Path, section: Callable[[Path, Any], str]) -> list[str]:
    """Return what ``section`` writes of each kept file of a folder, in the order of their names.

    Args:
        folder: With files as ``keep_json`` writes them.
        section: Of a file's path and content.

    Raises:
        RunError: A file is corrupt.
    """
    return [told(path, section) for path in sorted(folder.glob('*.json'))]


def told(path: Path, section: Callable[[Path, Any], T]) -> T:
    """Return what ``section`` makes of a kept file; raise ``RunError`` where the file is corrupt."""
    try:
        return section(path, json.loads(path.read_text(encoding='utf-8')))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f'cannot read {path} ({error}); write it anew with `python -m tools.documents --results DIR`'
        ) from error


def measured_with(runs: Mapping[str, Mapping[str, Any]]) -> str:
    """Say how results were measured: what is the same for all of their runs once."""
    first = next(iter(runs.values()))
    versions = ', '.join(f'{name} {version}' for name, version in (first.get('versions') or {}).items())
    failed = sum(len(run.get('failed') or ()) for run in runs.values())
    said = [f'`{first.get("command")}`', first.get('machine'), versions, f'commit {first.get("commit")}']
    said += [f'started {str(first.get("started"))[:10]}', f'{failed} failed jobs' if failed else '']
    return f'Measured with {"; ".join(str(each) for each in said if each)}.\n'


def read_kept(path: Path) -> Kept:
    """Return the kept results of one pair.

    Raises:
        RunError: The file is corrupt.
    """
    return told(path, _kept)


def _kept(_: Path, content: dict[str, Any]) -> Kept:
    rows = tuple(_row(row, content['asked']['select']) for row in content.pop('rows'))
    return Kept(**content, rows=rows)


def _row(row: dict[str, Any], rule: str) -> Measured:
    rules, control = row.pop('rules'), row.pop('control', None)
    accuracies = {
        name: Estimate(cell['mean'], cell['deviation'], cell['half_width'], cell['n']) if cell['n'] else None
        for name, cell in rules.items()
    }
    main = rules[rule]
    difference = None
    if main['difference_n']:
        difference = Estimate(main['difference'], None, main['difference_half_width'], main['difference_n'])
    return Measured(
        **row,
        accuracies=accuracies,
        difference=difference,
        gap_closed=main['gap_closed'],
        control=Estimate(control['difference'], None, control['half_width'], control['n'])
        if control
        else None,
    )
