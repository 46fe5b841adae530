"""The ``dann`` command: finds a command by its name and calls it."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from dann import __version__
from dann.commands import commands, fit
from dann.core.errors import CheckError, UserError, unknown
from dann.core.terminating import Terminated, terminable
from dann.reporting.saying import say
from dann.reporting.streams import FULL, cannot_write, flushed, open_streams, silence

MOST = 10**9
CONTINUED = ('advise', 'benchmark', 'reproduce', 'search')


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 1 for a run that failed, or 2 for a request that cannot be carried out.

    An interrupted command returns 130, and one that was sent SIGTERM 143, as a shell counts them.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    open_streams()
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)  # the user's own losses are modules in the working folder
    try:
        return flushed(_guarded(arguments))
    except SystemExit as stop:  # of --help and --version
        if status := flushed(0):
            raise SystemExit(status) from stop
        raise


def _guarded(arguments: list[str]) -> int:
    """Run a command and return its status; what went wrong is a line."""
    try:
        with terminable():
            return _dispatch(arguments)
    except UserError as error:
        say(error)
        return error.status
    except CheckError as error:
        say(error)
        return 2
    except BrokenPipeError:
        silence()  # as where `head` has read enough
        return 0
    except OSError as error:
        return _refused(error)
    except KeyboardInterrupt as stop:
        continued = bool(arguments) and arguments[0] in CONTINUED
        hint = str(stop) or ('the same command continues where it stopped' if continued else '')
        ended = 'terminated' if isinstance(stop, Terminated) else 'interrupted'
        say(f'{ended}{hint and "; "}{hint}')
        return 143 if isinstance(stop, Terminated) else 130


def _refused(error: OSError) -> int:
    """Say what a system refused: names that no file system takes, folders that may not be read, a full disk."""
    if error.filename is None and error.errno in FULL:
        silence()
        say(cannot_write(error))
        return 1
    if error.filename is None:
        raise error
    say(f'cannot use {str(error.filename)[:200]} ({error.strerror}); correct the path or its permissions')
    return 2


def _dispatch(arguments: list[str]) -> int:
    if arguments and arguments[0] in fit.SUMMARIES:
        return fit.run(arguments)
    options = _parser().parse_args(arguments)
    status: int = options.run(options)
    return status


class _Parser(argparse.ArgumentParser):
    """Raises a ``UserError`` that names the command's help, and the nearest option or command.

    Whole numbers that nothing could be counted to are refused too.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.register('type', int, _whole)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse; refuse an option that the command does not have, while it is known which command that is."""
        found, left = super().parse_known_args(args, namespace)
        for argument in left:
            if argument.startswith('--'):
                known = [flag for flag in self._option_string_actions if flag.startswith('--')]
                self.error(str(unknown('option', argument.partition('=')[0], known)))
        return found, left

    def print_help(self, file: Any = None) -> None:
        """Print the help; argparse passes over a disk that is full."""
        print(self.format_help(), end='', file=file)

    def error(self, message: str) -> NoReturn:
        if wrong := re.match(r"argument COMMAND: invalid choice: '(.*?)'", message):
            known = [name for action in self._actions for name in action.choices or ()]
            message = str(unknown('command', wrong[1], known))
        raise UserError(f'{message}; see `{self.prog} --help`')


def _whole(text: str) -> int:
    try:
        value = int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'invalid int value: {text[:40]!r}') from error
    if abs(value) > MOST:
        raise argparse.ArgumentTypeError(f'expected a number of at most {MOST:,}')
    return value


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
