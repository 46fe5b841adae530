"""Work that is counted: what is yielded, and what is said of it."""

from __future__ import annotations

import multiprocessing as mp
import sys
from types import SimpleNamespace

import pytest

from dann.core.progress_bar import counted


def slow(monkeypatch: pytest.MonkeyPatch, *, terminal: bool = True, worker: bool = False) -> None:
    """Let every look at the clock find it a second later."""
    clock = iter(range(1000))
    monkeypatch.setattr('dann.core.progress_bar.time.monotonic', lambda: float(next(clock)))
    monkeypatch.setattr(sys.stderr, 'isatty', lambda: terminal)
    monkeypatch.setattr(mp, 'current_process', lambda: SimpleNamespace(daemon=worker))


def test_what_is_left_comes_with_its_number() -> None:
    assert list(counted('abcd', 2, 'letters')) == [(2, 'c'), (3, 'd')]


def test_what_takes_no_time_is_done_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(list(counted(range(5), 0, 'work'))) == 5
    assert capsys.readouterr().err == ''


def test_a_terminal_sees_a_bar_and_the_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(monkeypatch)
    list(counted(range(6), 0, 'work'))
    said = capsys.readouterr().err
    assert '\rwork' in said
    assert ' 50%    3 s left' in said
    assert '100%' in said


@pytest.mark.parametrize(('terminal', 'worker'), [(False, False), (True, True)])
def test_a_log_and_a_worker_say_at_the_end_alone_what_was_done(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, terminal: bool, worker: bool
) -> None:
    slow(monkeypatch, terminal=terminal, worker=worker)
    list(counted(range(6), 0, 'work'))
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith('work ━')
    assert '\r' not in line
