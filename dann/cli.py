"""The ``dann`` command."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from dann import __version__, configs
from dann.benchmarks import own_data
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
        if arguments[:1] == ['data']:
            return _data(arguments[1:])
        options = _parser().parse_args(arguments)
        command: Callable[[argparse.Namespace], int] = options.command
        return command(options)
    except UserError as error:
        print(f'dann: {error}', file=sys.stderr)
        return error.status
    except CheckError as error:
        print(f'dann: {" ".join(str(error).split())}', file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has seen enough
        return 0
    except KeyboardInterrupt:
        continues = (
            '; the same command continues where it stopped'
            if arguments[:1] in (['benchmark'], ['reproduce'])
            else ''
        )
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
    _add_reproduce(commands)
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
    listing.add_argument(
        '--show',
        metavar='NAME',
        help='configuration of a benchmark, or facts of a data set',
    )
    listing.add_argument('--json', action='store_true', help='print the list as JSON')
    listing.set_defaults(command=_list)
    docs = commands.add_parser('docs', help='write docs/methods.md and docs/benchmarks.md anew')
    docs.add_argument('--out', type=Path, default=Path('docs'), metavar='DIR', help='folder of the documents')
    docs.add_argument(
        '--results', type=Path, metavar='DIR', help='keep the results of this catalogue run first'
    )
    docs.set_defaults(command=_docs)
    commands.add_parser('data', help='check data of your own before training', add_help=False)
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
    parser.add_argument(
        'name',
        metavar='NAME',
        help=f'{", ".join(configs.names())}, or a YAML file, or ROOT: a folder (ROOT/domain/class/image), .csv or '
        '.npz of images',
    )
    own_data.add_options(parser)
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
    parser.add_argument(
        '--keep-views',
        action='store_true',
        help='keep features and predictions of both validation splits at every evaluation, for scores of your own',
    )
    parser.set_defaults(command=_benchmark)


def _add_reproduce(commands: Any) -> None:
    parser = commands.add_parser(
        'reproduce',
        help="run a paper's recipe and set our numbers beside the published ones",
        description="Runs the rows of a paper's table that are not done yet, then prints mean and interval beside "
        'the published figure, and the share of the gap closed by both. Killed and called again it continues.',
    )
    parser.add_argument('name', metavar='NAME', nargs='?', help=', '.join(configs.names('recipes')))
    parser.add_argument('--list', action='store_true', help='show every row, the data it needs, and minutes')
    parser.add_argument('--row', nargs='+', metavar='ROW', help='only these rows of the table')
    parser.add_argument('--methods', nargs='+', metavar='METHOD', help='only these methods')
    parser.add_argument('--seeds', type=int, metavar='N', help='run seeds 0 to N-1')
    parser.add_argument('--steps', type=int, metavar='N', help='training steps, in place of the recipe')
    parser.add_argument('--out', type=Path, metavar='DIR', help='folder; runs/reproduce/NAME by default')
    parser.add_argument('--workers', type=int, metavar='N', help='processes; one a core by default')
    parser.set_defaults(command=_reproduce, logger=[])


def _reproduce(options: argparse.Namespace) -> int:
    from dann.benchmarks.reproduce import reproduce_command

    return reproduce_command(options)


def _benchmark(options: argparse.Namespace) -> int:
    from dann.benchmarks.command import run_command

    return run_command(options)


def _report(options: argparse.Namespace) -> int:
    from dann.benchmarks.command import report_command

    return report_command(options)


def _docs(options: argparse.Namespace) -> int:
    from dann.documents import keep_results, write_documents

    for path in keep_results(options.results, options.out) if options.results else []:
        print(f'Results: {path}')
    for path in write_documents(options.out):
        print(f'Document: {path}')
    return 0


def _data(arguments: list[str]) -> int:
    from dann.datasets.checks.command import add_data  # loads torch, which no other help needs

    parser = _Parser(prog='dann data', description='Data of your own.')
    add_data(parser.add_subparsers(title='commands', metavar='COMMAND', required=True))
    options = parser.parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    return command(options)


def _list(options: argparse.Namespace) -> int:
    if options.kind not in KINDS:
        raise unknown('kind', options.kind, KINDS)
    if options.show and options.kind == 'datasets':
        from dann.catalogue import facts

        print('\n'.join(f'{key}: {value}' for key, value in facts(options.show).items() if value))
        return 0
    if options.show:
        import yaml

        from dann.benchmarks.grid import expanded

        print(yaml.safe_dump(expanded(configs.load(options.show)), sort_keys=False), end='')
        return 0
    if options.kind == 'benchmarks':
        rows = [{'name': name, 'title': str(configs.load(name)['title'])} for name in configs.names()]
    else:
        from dann.catalogue import rows_of

        rows = rows_of(options.kind)
    if options.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return 0
    widths = [max(len(row[column]) for row in rows) for column in rows[0]]
    for row in rows:
        print('  '.join(cell.ljust(width) for cell, width in zip(row.values(), widths, strict=True)).rstrip())
    if options.kind == 'methods':
        alone = [row['family'] for row in rows if row['family'] != 'combined']  # sums of others are no more
        print(f'{len(alone)} methods of {len(set(alone))} families')
    return 0


def _trainer(arguments: list[str]) -> int:
    from dann.experiment import ExperimentCLI, experiment_arguments, resolve

    for flag, value in pairwise(arguments):
        kind = flag.removeprefix('--').removeprefix('model.')
        if kind in ('model', 'alignment', 'style') and '.' in value and not value.endswith('.yaml'):
            resolve(kind, value)  # its own message says more than the parser's
    ExperimentCLI(experiment_arguments(arguments))
    return 0
