"""The ``dann`` command finds a command by its name; what it cannot do answers one line that says what to do."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from harness import assert_refused

from dann import __version__, cli
from dann.commands import commands, fit
from dann.core.errors import CheckError, RunError, UserError
from dann.core.terminating import Terminated

Run = Callable[..., tuple[int, str, str]]


def test_a_command_that_does_not_exist(run: Run) -> None:
    assert_refused(run('benchmrk'), "unknown command 'benchmrk'; did you mean 'benchmark'?", 'dann --help')
    assert_refused(run('data', 'chek'), "did you mean 'check'?", 'dann data --help')
    assert_refused(run(), 'required', 'dann --help')
    assert_refused(
        run('benchmark', 'sim-to-real', '--step', 'x'), 'invalid int value', 'dann benchmark --help'
    )


@pytest.mark.parametrize('count', ['9' * 400, '-' + '9' * 40])
def test_numbers_that_nothing_counts_to_are_refused(count: str, run: Run) -> None:
    assert_refused(
        run('search', 'sim-to-real', '--trials', count), 'at most 1,000,000,000', 'dann search --help'
    )


@pytest.mark.parametrize('place', ['x' * 300, 'a\nb'])
def test_places_that_no_file_system_has_are_refused_in_a_line(place: str, run: Run) -> None:
    assert_refused(run('report', place))
    assert_refused(run('benchmark', place))


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (
            ('benchmark', 'sim-to-real', '--metods', 'x'),
            ("unknown option '--metods'; did you mean '--methods'?", 'dann benchmark'),
        ),
        (('list', 'methods', '--shw=DANN'), ("unknown option '--shw'; did you mean '--show'?", 'dann list')),
        (('data', 'check', 'x', '--sorce', 'a'), ("did you mean '--source'?", 'dann data check --help')),
        (('list', 'methods', 'more'), ('unrecognized arguments: more',)),
    ],
)
def test_an_option_that_does_not_exist(run: Run, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    assert_refused(run(*arguments), *words)


def test_help_names_every_command(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        run('--help')
    assert done.value.code == 0
    shown = capsys.readouterr().out
    listed = {line.split()[0] for line in shown.splitlines() if line.startswith('    ')}
    assert {*commands(), *fit.SUMMARIES} <= listed
    assert {'benchmark', 'report', 'list', 'search', 'reproduce'} <= {*commands()}


def test_the_version_is_told(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run('--version')
    assert capsys.readouterr().out == f'dann {__version__}\n'


@pytest.mark.parametrize(
    ('error', 'status', 'said'),
    [
        (UserError('no such row; name one'), 2, 'dann: no such row; name one\n'),
        (RunError('the disk is full'), 1, 'dann: the disk is full\n'),
        (CheckError('expected one\n   line'), 2, 'dann: expected one line\n'),
        (KeyboardInterrupt(), 130, 'dann: interrupted; the same command continues where it stopped\n'),
        (Terminated(), 143, 'dann: terminated; the same command continues where it stopped\n'),
    ],
)
def test_what_ends_a_command_is_one_line_and_a_status(
    error: BaseException, status: int, said: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(options: object) -> int:
        raise error

    monkeypatch.setattr(
        cli, '_parser', lambda: SimpleNamespace(parse_args=lambda _: SimpleNamespace(run=fail))
    )
    assert run('benchmark', 'x') == (status, '', said)


def test_an_interrupted_command_that_does_not_continue_promises_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, '_parser', interrupt)
    assert run('list', 'methods') == (130, '', 'dann: interrupted\n')


def test_an_error_that_the_terminal_cannot_print_is_printed_with_escapes(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = io.TextIOWrapper(io.BytesIO(), 'ascii', 'strict')
    monkeypatch.setattr(sys, 'stderr', errors)
    assert run('gap', 'nuit\udce9.yaml')[0] == 2
    errors.flush()
    assert b'nuit\\udce9.yaml' in errors.buffer.getvalue()
