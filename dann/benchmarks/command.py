"""What ``dann benchmark`` and ``dann report`` do."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

from dann import configs
from dann.benchmarks import own_data
from dann.benchmarks.files import write_whole
from dann.benchmarks.grid import Benchmark, benchmark
from dann.errors import UserError


def run_command(options: argparse.Namespace) -> int:
    """Run what is missing of a benchmark, or of each benchmark of a suite; return 1 if a job failed."""
    from dann.benchmarks.run import run

    grids = _grids(options)
    if options.workers is not None and options.workers < 1:
        raise UserError(f'expected `--workers` above 0, got {options.workers}')
    workers, command = options.workers or cores(), typed()
    root, failures = _root(options), 0
    for folder, grid in grids.items():
        failed = run(
            grid,
            folder,
            workers=workers,
            loggers=options.logger,
            command=command,
            keep_views=options.keep_views,
        )
        failures += len(failed)
        for job, why in failed.items():
            print(f'dann: {job} failed: {why}', file=sys.stderr)
        if any(folder.glob('jobs/*/done')):
            _show_report(folder, grid.select, whole=folder == root)
    if root not in grids:
        _show_suite(root)
    return 1 if failures else 0


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


def typed() -> str:
    """Return the command as the user typed it."""
    ours = Path(sys.argv[0]).stem in ('dann', '__main__')
    return shlex.join(['dann', *sys.argv[1:]] if ours else sys.argv)


def _grids(options: argparse.Namespace) -> dict[Path, Benchmark]:
    """Return what to run in which folder."""
    from dann.benchmarks.suite import configurations, is_suite

    own = own_data.is_data(options.name)
    config = own_data.configuration(options) if own else configs.load(options.name)
    if not own:
        own_data.refuse_options(options)
    name, root = _name(options), _root(options)
    chosen = {key: getattr(options, key) for key in ('methods', 'seeds', 'steps', 'severity')}
    if not is_suite(config):
        return {root: benchmark(name, config, **chosen)}
    found = configurations(name, config)
    return {root / pair: benchmark(pair, each, **chosen) for pair, each in found.items()}


def _name(options: argparse.Namespace) -> str:
    return own_data.title_of(options) if own_data.is_data(options.name) else Path(options.name).stem


def _root(options: argparse.Namespace) -> Path:
    suffix = '' if options.severity is None else f'-severity-{options.severity:g}'
    folder: Path = options.out or Path('runs') / f'{_name(options)}{suffix}'
    return folder


def _show_report(folder: Path, select: str, *, whole: bool) -> None:
    page = folder / 'report.html'
    if not up_to_date(folder, select):
        from dann.benchmarks.report import write_report

        page = write_report(folder)
    if whole:
        print((folder / 'table.md').read_text())
        print(f'Report: {page}')


def _show_suite(root: Path, select: str | None = None, *, allow_mixed: bool = False) -> None:
    from dann.benchmarks import suite

    if pages := [folder / 'report.html' for folder in suite.folders(root)]:
        text = suite.combined(root, select, allow_mixed=allow_mixed)
        found = suite.results(root, select, allow_mixed=allow_mixed)
        write_whole(root / 'table.md', text.encode())
        write_whole(root / 'results.json', _json(found).encode())
        suite.write_diagram(root, select, allow_mixed=allow_mixed)
        print(text)
        print(f'Reports: {", ".join(map(str, pages))}')


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + '\n'


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


def report_command(options: argparse.Namespace) -> int:
    """Rebuild table and report from the records, of every benchmark in the folder of a suite."""
    from dann.benchmarks import suite
    from dann.benchmarks.report import results, write_report

    folder, rule, mixed = options.folder, options.select, options.allow_mixed
    if (folder / 'budget.json').exists():
        folder /= 'trials'  # of a search: its rows
    parts = suite.folders(folder)
    if options.json:
        found = (suite.results if parts else results)(folder, rule, allow_mixed=mixed)
        print(_json(found), end='')
        return 0
    for each in parts or [folder]:
        page = write_report(each, rule, allow_mixed=mixed)
    if parts:
        _show_suite(folder, rule, allow_mixed=mixed)
    else:
        print((folder / 'table.md').read_text())
        print(f'Report: {page}')
    return 0
