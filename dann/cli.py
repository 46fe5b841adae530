"""The ``dann`` command."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from dann import __version__, configs
from dann.errors import CheckError, UserError, unknown

TRAINER = ('fit', 'validate', 'test', 'predict')
KINDS = ('methods', 'datasets', 'backbones', 'validators', 'benchmarks')


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 1 for a run that failed, or 2 for a request that makes no sense."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)  # a loss of one's own lies beside the command, not in the package
    try:
        if arguments and arguments[0] in TRAINER:
            return _trainer(arguments)
        options = _parser().parse_args(arguments)
        command: Callable[[argparse.Namespace], int] = options.command
        return command(options)
    except UserError as error:
        print(f'dann: {error}', file=sys.stderr)
        return error.status
    except CheckError as error:
        print(f'dann: {" ".join(str(error).split())}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        continues = '; the same command continues where it stopped' if arguments[:1] == ['benchmark'] else ''
        print(f'dann: interrupted{continues}', file=sys.stderr)
        return 130


class _Parser(argparse.ArgumentParser):
    """Suggests the nearest option or command."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f'{message}; see `{self.prog} --help`')


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog='dann', description='Unsupervised domain adaptation: methods, benchmarks, honest numbers.'
    )
    parser.add_argument('--version', action='version', version=f'dann {__version__}')
    commands = parser.add_subparsers(title='commands', metavar='COMMAND', required=True)
    _add_benchmark(commands)
    report = commands.add_parser(
        'report', help='rebuild table, figures and report from the records of a benchmark'
    )
    report.add_argument('folder', type=Path, metavar='DIR', help='folder that a benchmark wrote')
    report.add_argument(
        '--select', metavar='RULE', help='score that chooses the checkpoint, for example val/bnm'
    )
    report.add_argument('--json', action='store_true', help='print the results as JSON and write nothing')
    report.set_defaults(command=_report)
    listing = commands.add_parser('list', help='show what there is: ' + ', '.join(KINDS))
    listing.add_argument('kind', metavar='KIND', help='one of ' + ', '.join(KINDS))
    listing.add_argument('--show', metavar='NAME', help='print the configuration of one benchmark')
    listing.set_defaults(command=_list)
    for name, does in zip(
        TRAINER, ('train one model', 'score it', 'test it', 'predict with it'), strict=True
    ):
        commands.add_parser(name, help=f'{does}, through LightningCLI', add_help=False)
    return parser


def _add_benchmark(commands: Any) -> None:
    parser = commands.add_parser(
        'benchmark',
        help='run methods x seeds, then write table and report',
        description='Runs every method under every seed that the folder does not hold yet, then writes '
        'table and report. Killed and called again it continues.',
    )
    parser.add_argument('name', metavar='NAME', help=f'{", ".join(configs.names())}, or a YAML file')
    parser.add_argument('--methods', nargs='+', metavar='ROW', help='only these rows of the configuration')
    parser.add_argument('--seeds', type=int, metavar='N', help='run seeds 0 to N-1')
    parser.add_argument('--steps', type=int, metavar='N', help='training steps of every run')
    parser.add_argument(
        '--severity', type=float, metavar='S', help='of the night, from 0 (dusk) to 1 (deep night)'
    )
    parser.add_argument('--out', type=Path, metavar='DIR', help='folder of the results; runs/NAME by default')
    parser.add_argument('--workers', type=int, metavar='N', help='processes; one a core by default')
    parser.add_argument(
        '--logger',
        action='append',
        choices=('wandb', 'tensorboard'),
        default=[],
        help='log there too; CSV always',
    )
    parser.set_defaults(command=_benchmark)


def _benchmark(options: argparse.Namespace) -> int:
    from dann.benchmarks.grid import benchmark
    from dann.benchmarks.run import run

    name = Path(options.name).stem
    chosen = {key: getattr(options, key) for key in ('methods', 'seeds', 'steps', 'severity')}
    grid = benchmark(name, configs.load(options.name), **chosen)
    if options.workers is not None and options.workers < 1:
        raise UserError(f'expected `--workers` above 0, got {options.workers}')
    suffix = '' if options.severity is None else f'-severity-{options.severity:g}'
    folder = options.out or Path('runs') / f'{name}{suffix}'
    cores = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
    workers = options.workers or cores
    command = shlex.join(['dann', *sys.argv[1:]] if Path(sys.argv[0]).stem == 'dann' else sys.argv)
    failed = run(grid, folder, workers=workers, loggers=options.logger, command=command)
    for job, why in failed.items():
        print(f'dann: {job} failed: {why}', file=sys.stderr)
    if any(folder.glob('jobs/*/done')):
        _show_report(folder, grid.select)
    return 1 if failed else 0


def _show_report(folder: Path, select: str) -> None:
    page = folder / 'report.html'
    if not _up_to_date(folder, select):
        from dann.benchmarks.report import write_report

        page = write_report(folder)
    print((folder / 'table.md').read_text())
    print(f'Report: {page}')


def _up_to_date(folder: Path, select: str) -> bool:
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


def _report(options: argparse.Namespace) -> int:
    from dann.benchmarks.report import results, write_report

    if options.json:
        print(json.dumps(results(options.folder, options.select), indent=2))
    else:
        page = write_report(options.folder, options.select)
        print((options.folder / 'table.md').read_text())
        print(f'Report: {page}')
    return 0


def _list(options: argparse.Namespace) -> int:
    if options.kind not in KINDS:
        raise unknown('kind', options.kind, KINDS)
    if options.show:
        import yaml

        print(yaml.safe_dump(configs.load(options.show), sort_keys=False), end='')
        return 0
    if options.kind == 'benchmarks':
        rows = [[name, configs.load(name)['title']] for name in configs.names()]
    else:
        from dann.catalogue import rows_of

        rows = rows_of(options.kind)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print('  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _trainer(arguments: list[str]) -> int:
    from dann.experiment import ExperimentCLI, experiment_arguments, resolve

    for flag, value in pairwise(arguments):
        kind = flag.removeprefix('--').removeprefix('model.')
        if kind in ('model', 'alignment', 'style') and '.' in value and not value.endswith('.yaml'):
            resolve(kind, value)  # its own message says more than the parser's
    ExperimentCLI(experiment_arguments(arguments))
    return 0
