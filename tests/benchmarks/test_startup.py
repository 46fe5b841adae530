"""The benchmark of the start measures processes, and their median."""

from __future__ import annotations

import subprocess

import pytest

from dann.benchmarks import startup
from dann.benchmarks.startup import COMMANDS, Seconds, main, median, timed
from dann.cli import _parser
from dann.commands.fit import SUMMARIES


def test_a_process_is_measured() -> None:
    taken = timed(['--version'])
    assert 0.01 < taken.processor < 60
    assert taken.wall > 0.01
    with pytest.raises(subprocess.CalledProcessError):
        timed(['list', 'nothing'])


def test_the_median_is_that_of_each_column() -> None:
    assert median([Seconds(3, 1), Seconds(1, 2), Seconds(2, 3)]) == Seconds(2, 2)


def test_the_first_run_is_not_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[list[str]] = []

    def fake(arguments: list[str]) -> Seconds:
        calls.append(arguments)
        return Seconds(10, 9) if len(calls) % 4 == 1 else Seconds(len(calls), 0.5)

    monkeypatch.setattr(startup, 'timed', fake)
    main(['list methods', 'fit --help', '--rounds', '3'])
    shown = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert shown[0] == ['dann', 'list', 'methods', '10.00', '9.00', '3.00', '0.50']
    assert shown[1] == ['dann', 'fit', '--help', '10.00', '9.00', '7.00', '0.50']
    assert calls == [['list', 'methods']] * 4 + [['fit', '--help']] * 4


def test_every_measured_command_exists() -> None:
    for command in COMMANDS:
        name, *_ = command.split()
        if name in SUMMARIES:
            continue
        if name == '--help':
            assert '--help' in _parser().format_help()
        else:
            assert _parser().parse_args(command.split())
