"""Commands in processes of their own, which may not hang."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


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
        return ''


def call(arguments: Sequence[str], folder: Path, environment: Mapping[str, str], limit: float) -> Outcome:
    """Run ``dann`` with ``arguments`` in a fork of this process, which has imported it already.

    Args:
        arguments: Of the command.
        folder: The working folder; the printed texts are kept there.
        environment: Variables to set.
        limit: Seconds after which it is killed with all that it started.
    """
    out, err = folder / '.out', folder / '.err'
    child = os.fork()
    if child == 0:
        _run(arguments, folder, environment, (out, err))
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return Outcome(os.waitstatus_to_exitcode(status), out.read_text(), err.read_text())
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return Outcome(None, out.read_text(), err.read_text())


def _run(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], streams: tuple[Path, Path]
) -> None:
    status = 99
    try:
        os.setsid()
        for number, path in enumerate(streams, start=1):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.chdir(folder)
        os.environ.update(environment)
        from dann.cli import main

        status = main(list(arguments))
    except BaseException:  # the fork must end here, whatever happened
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
