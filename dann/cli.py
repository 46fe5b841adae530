"""The ``dann`` command."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from dann import __version__, configs
from dann.audit.command import add_audit
from dann.benchmarks.parsers import add_benchmark, add_report, add_reproduce
from dann.benchmarks.validators_command import add_validators
from dann.errors import CheckError, UserError, unknown
from dann.search.command import add_search
from dann.shift.command import add_gap

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
            if arguments[:1] in (['benchmark'], ['reproduce'], ['search'])
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
    add_benchmark(commands)
    add_reproduce(commands)
    add_search(commands)
    add_report(commands)
    add_validators(commands)
    add_gap(commands)
    add_audit(commands)
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
    docs.add_argument(
        '--rankings',
        type=Path,
        nargs='+',
        metavar='DIR',
        help='judge the selection rules on these records first',
    )
    docs.set_defaults(command=_docs)
    commands.add_parser('data', help='check data of your own before training', add_help=False)
    for name, does in zip(
        TRAINER, ('train one model', 'score it', 'test it', 'predict with it'), strict=True
    ):
        commands.add_parser(name, help=f'{does}, through LightningCLI', add_help=False)
    return parser


def _docs(options: argparse.Namespace) -> int:
    from dann.documents import keep_rankings, keep_results, write_documents

    if options.rankings:
        print(f'Rankings: {keep_rankings(options.rankings, options.out)}')
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
