"""Commands in processes of their own, which may not hang."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

PAUSE = 0.01  # seconds between two looks at whether a command has ended


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did.

    Args:
        status: Its exit status; ``None`` where it was still running after the limit.
        out: What it printed.
        err: What it printed on the error stream.
    """

    status: int | None
    out: str
    err: str

    @property
    def wrong(self) -> str:
        """What no command may do, whatever it is given; empty where it did not."""
        if self.status is None:
            return 'hangs'
        if 'Traceback' in self.err:
            return f'a traceback: {self.err.splitlines()[-1]}'
        if self.status not in (0, 1, 2):
            return f'status {self.status}'
        return '' if self.status == 0 or self.said else f'status {self.status} without a line'

    @property
    def said(self) -> str:
        """Its last line, of the errors where there are any."""
        lines = (self.err.strip() or self.out.strip()).splitlines()
        return lines[-1] if lines else ''


@dataclass(frozen=True, slots=True)
class Running:
    """A command that has been started.

    Args:
        pid: Of its process, which leads a group of its own.
        folder: Its working folder, where what it prints is kept.
    """

    pid: int
    folder: Path

    def outcome(self, limit: float) -> Outcome:
        """Return what it did; after ``limit`` seconds it is killed with all that it started."""
        status = self.waited(limit)
        if status is None:
            self.kill()
        return self.told(status)

    def told(self, status: int | None) -> Outcome:
        """Return what it printed, with the status that it ended with."""
        texts = [(self.folder / name).read_text('utf-8', 'replace') for name in ('.out', '.err')]
        return Outcome(status, *texts)

    def waited(self, limit: float) -> int | None:
        """Return its exit status; ``None`` where it still runs after ``limit`` seconds."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(PAUSE)
        return None

    def kill(self) -> None:
        """Kill it with all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def begun(run: Callable[[], int], folder: Path, environment: Mapping[str, str]) -> Running:
    """Call ``run`` in a fork of this process, which has imported what it needs already.

    Args:
        run: Returns an exit status, as ``command`` makes it.
        folder: The working folder; what is printed is kept there.
        environment: Variables to set.
    """
    child = os.fork()
    if child == 0:
        _run(run, folder, environment)
    return Running(child, folder)


def command(arguments: Sequence[str], prepared: Callable[[], object] | None = None) -> Callable[[], int]:
    """Return what runs ``dann`` with ``arguments``, after ``prepared``."""

    def run() -> int:
        if prepared is not None:
            prepared()
        from dann.cli import main

        return main(list(arguments))

    return run


def _run(run: Callable[[], int], folder: Path, environment: Mapping[str, str]) -> NoReturn:
    status = 99
    try:
        os.setsid()
        for number, name in enumerate(('.out', '.err'), start=1):
            os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), number)
        sys.stdout, sys.stderr = (
            os.fdopen(number, 'w', encoding='utf-8', closefd=False) for number in (1, 2)
        )
        os.chdir(folder)
        os.environ.update(environment)
        status = run()
        sys.stdout.flush()
    except SystemExit as end:  # of --help and --version
        status = int(end.code or 0)
    except BaseException:  # the fork must end here, whatever happened
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(status)
