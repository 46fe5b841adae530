"""The ``dann`` command: finds a command by its name and calls it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from dann import __version__
from dann.commands import commands, fit
from dann.core.errors import CheckError, UserError
from dann.reporting.escapes import escape_streams

CONTINUED = ('benchmark', 'reproduce', 'search')


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 1 for a run that failed, or 2 for a request that cannot be carried out."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    escape_streams()
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)  # the user's own losses are modules in the working folder
    try:
        return _dispatch(arguments)
    except UserError as error:
        print(f'dann: {error}', file=sys.stderr)
        return error.status
    except CheckError as error:
        print(f'dann: {" ".join(str(error).split())}', file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # as where `head` has read enough
        return 0
    except KeyboardInterrupt:
        continued = bool(arguments) and arguments[0] in CONTINUED
        hint = '; the same command continues where it stopped' if continued else ''
        print(f'dann: interrupted{hint}', file=sys.stderr)
        return 130


def _dispatch(arguments: list[str]) -> int:
    if arguments and arguments[0] in fit.SUMMARIES:
        return fit.run(arguments)
    options = _parser().parse_args(arguments)
    status: int = options.run(options)
    return status


class _Parser(argparse.ArgumentParser):
    """Raises a ``UserError`` that names the command's help."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f'{message}; see `{self.prog} --help`')


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog='dann', description='Unsupervised domain adaptation: methods, benchmarks, honest numbers.'
    )
    parser.add_argument('--version', action='version', version=f'dann {__version__}')
    subparsers = parser.add_subparsers(title='commands', metavar='COMMAND', required=True)
    for name, command in commands().items():
        subparser = subparsers.add_parser(name, help=command.SUMMARY, description=command.DESCRIPTION)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    for name, summary in fit.SUMMARIES.items():
        subparsers.add_parser(name, help=summary, add_help=False)
    return parser
